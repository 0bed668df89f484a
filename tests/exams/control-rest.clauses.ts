/**
 * Clauses of the control's exam about what the REST API keeps there: drafts of types, and counts of calls.
 * Owns: these clauses. Never: knows an engine.
 */
import assert from 'node:assert/strict';
import type { CustomObjectDraft } from '#model/custom-object-draft.ts';
import type { UsageCount } from '#model/rest-usage.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Control } from '#ports/control.ts';
import { ALPHA, BETA, TYPE, withWorkspaces } from './control-subject.ts';
import type { ControlClause } from './control-subject.ts';

const DRAFT: CustomObjectDraft = {
  apiName: 'carPurchases',
  displayName: 'Car purchases',
  notes: { pluralName: 'Cars', description: 'Ünïcode 🚗', showInLeadDetail: true },
  fields: [
    { name: 'vin', displayName: 'VIN', dataType: 'string', length: 36, isDedupeField: true },
    { name: 'lead', displayName: 'Lead', dataType: 'email', isDedupeField: false, personField: 'email' },
  ],
  createdAt: 1_795_000_000_000,
  updatedAt: 1_795_000_000_001,
};

function draftsOf(control: Control, workspace: MunchkinId): readonly CustomObjectDraft[] {
  return [...(control.definitions().workspaces.get(workspace)?.customObjectDrafts.values() ?? [])];
}

export const DRAFT_CLAUSES: readonly ControlClause[] = [
  {
    name: 'a draft is kept beside the types, replaced without regard to case, and is no type',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const picture = control.definitions();
      await control.putCustomObjectDraft(ALPHA, DRAFT);
      assert.deepEqual(draftsOf(control, ALPHA), [DRAFT]);
      const other = { ...DRAFT, apiName: 'CARpurchases', displayName: 'Other', fields: [] };
      await control.putCustomObjectDraft(ALPHA, other);
      assert.deepEqual(draftsOf(control, ALPHA), [other]);
      assert.equal(control.definitions().workspaces.get(ALPHA)?.customObjects.size, 0);
      assert.deepEqual(draftsOf(control, BETA), [], 'law 7');
      assert.equal(picture.workspaces.get(ALPHA)?.customObjectDrafts.size, 0, 'a picture never changes');
    },
  },
  {
    name: 'removing a draft is told by true, once, and leaves the type of that name',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await control.putCustomObject(ALPHA, TYPE);
      await control.putCustomObjectDraft(ALPHA, DRAFT);
      assert.equal(await control.removeCustomObjectDraft(BETA, DRAFT.apiName), false, 'law 7');
      assert.equal(await control.removeCustomObjectDraft(ALPHA, 'CARPURCHASES'), true);
      assert.equal(await control.removeCustomObjectDraft(ALPHA, DRAFT.apiName), false);
      assert.deepEqual([...(control.definitions().workspaces.get(ALPHA)?.customObjects.values() ?? [])], [TYPE]);
    },
  },
  {
    name: 'an approved type takes the place of its draft and of the type before',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await control.putCustomObject(ALPHA, TYPE);
      await control.putCustomObjectDraft(ALPHA, DRAFT);
      await control.putCustomObjectDraft(ALPHA, { ...DRAFT, apiName: 'other' });
      const approved = { ...TYPE, displayName: 'Approved', createdAt: 5, updatedAt: 6, notes: DRAFT.notes };
      await control.approveCustomObject(ALPHA, approved);
      assert.deepEqual([...(control.definitions().workspaces.get(ALPHA)?.customObjects.values() ?? [])], [approved]);
      assert.deepEqual(
        draftsOf(control, ALPHA).map(({ apiName }) => apiName),
        ['other'],
      );
    },
  },
  {
    name: 'drafts survive closing and opening, and are seen by another process after its refresh',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await control.putCustomObjectDraft(ALPHA, DRAFT);
      if (subject.openSecond !== undefined) {
        await using second = await subject.openSecond();
        await control.putCustomObjectDraft(BETA, DRAFT);
        await second.refresh();
        assert.deepEqual(draftsOf(second, BETA), [DRAFT]);
      }
      if (subject.reopen === undefined) return;
      await using again = await subject.reopen();
      assert.deepEqual(draftsOf(again.control, ALPHA), [DRAFT]);
    },
  },
];

const CALLS: UsageCount = { workspace: ALPHA, day: '2026-11-23', clientName: 'Ünïcode 🗝', code: '', count: 3 };

async function usageText(control: Control, workspace: MunchkinId, fromDay: string): Promise<readonly string[]> {
  const counts = await control.usage(workspace, fromDay);
  return counts.map(({ day, clientName, code, count }) => `${day} ${clientName} ${code}: ${count}`).toSorted();
}

export const USAGE_CLAUSES: readonly ControlClause[] = [
  {
    name: 'counts of REST calls add up by workspace, day, client and code',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const failed = { ...CALLS, code: '610', count: 1 };
      await control.addUsage([CALLS, failed, { ...CALLS, clientName: 'b', count: 5 }], '2026-01-01');
      await control.addUsage([CALLS, { ...CALLS, workspace: BETA, count: 100 }], '2026-01-01');
      const expected = ['2026-11-23 b : 5', '2026-11-23 Ünïcode 🗝 610: 1', '2026-11-23 Ünïcode 🗝 : 6'];
      assert.deepEqual(await usageText(control, ALPHA, '2026-11-23'), expected);
      assert.deepEqual(await usageText(control, BETA, '2026-11-23'), ['2026-11-23 Ünïcode 🗝 : 100'], 'law 7');
    },
  },
  {
    name: 'counts are read from a day on, and days before the given one are forgotten (law 6)',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const days = ['2026-11-15', '2026-11-16', '2026-11-17'].map((day) => ({ ...CALLS, day, clientName: 'a' }));
      await control.addUsage(days, '2026-11-01');
      assert.deepEqual(await usageText(control, ALPHA, '2026-11-16'), ['2026-11-16 a : 3', '2026-11-17 a : 3']);
      await control.addUsage([{ ...CALLS, day: '2026-11-02', clientName: 'late' }], '2026-11-17');
      assert.deepEqual(await usageText(control, ALPHA, '2000-01-01'), ['2026-11-17 a : 3']);
    },
  },
  {
    name: 'counts are no definitions: the picture stays the same one',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const picture = control.definitions();
      await control.addUsage([CALLS], '2026-01-01');
      assert.equal(control.definitions(), picture);
    },
  },
  {
    name: 'counts survive closing and opening',
    async check(subject) {
      if (subject.reopen === undefined) return;
      const control = await withWorkspaces(subject);
      await control.addUsage([CALLS], '2026-01-01');
      await using again = await subject.reopen();
      assert.deepEqual(await usageText(again.control, ALPHA, '2026-11-23'), ['2026-11-23 Ünïcode 🗝 : 3']);
    },
  },
];
