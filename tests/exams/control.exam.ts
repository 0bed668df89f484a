/**
 * The exam of control: each clause of src/ports/control.ts as a check that any engine can be put to.
 * Owns: the clauses. Never: knows an engine.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Definitions } from '#model/definitions.ts';
import { STANDARD_PERSON_FIELDS } from '#model/standard-fields.ts';
import { ControlConflict } from '#ports/control.ts';
import { DRAFT_CLAUSES, USAGE_CLAUSES } from './control-rest.clauses.ts';
import { IMPORT_CLAUSES, JOB_CLAUSES, PLACE_CLAUSES } from './control-td.clauses.ts';
import { WEBHOOK_CLAUSES } from './control-webhooks.clauses.ts';
import { ALPHA, BETA, CLIENT, defineOneOfEach, FIELD, TYPE, withWorkspaces, WRITE_KEY } from './control-subject.ts';
import type { ControlClause } from './control-subject.ts';

function isConflict(error: unknown): boolean {
  return error instanceof ControlConflict && /exists already/.test(error.message);
}

const defining: readonly ControlClause[] = [
  {
    name: 'a new control has nothing defined',
    async check({ control }) {
      const { workspaces, clients, writeKeys, adminTokens } = control.definitions();
      assert.deepEqual([workspaces.size, clients.size, writeKeys.size, adminTokens.size], [0, 0, 0, 0]);
    },
  },
  {
    name: 'a workspace has its partition Default, the standard person fields and no custom objects',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const workspace = control.definitions().workspaces.get(ALPHA);
      assert.equal(workspace?.createdAt, 1);
      assert.deepEqual([...(workspace?.partitions ?? [])], ['Default']);
      assert.equal(workspace?.personFields.size, STANDARD_PERSON_FIELDS.length);
      for (const field of STANDARD_PERSON_FIELDS) {
        assert.deepEqual(workspace.personFields.get(field.name.toLowerCase()), field);
      }
      assert.equal(workspace?.customObjects.size, 0);
    },
  },
  {
    name: 'a workspace that exists is a conflict, and stays as it was',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const before = control.definitions();
      await assert.rejects(control.createWorkspace(ALPHA, 99), isConflict);
      assert.deepEqual(control.definitions(), before);
    },
  },
  {
    name: 'what was defined is shown at once, equal to what was given',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await defineOneOfEach(control);
      const { workspaces, clients, writeKeys, adminTokens } = control.definitions();
      assert.deepEqual(clients.get(CLIENT.clientId), { ...CLIENT, tokenIssuedAt: 1_795_000_123 });
      assert.deepEqual(writeKeys.get(WRITE_KEY.keyHash), { ...WRITE_KEY, databases: ['test_db', 'other'] });
      assert.deepEqual(
        [...adminTokens],
        [
          ['c'.repeat(64), '*'],
          ['d'.repeat(64), ALPHA],
        ],
      );
      assert.deepEqual([...(workspaces.get(ALPHA)?.partitions ?? [])], ['Default', 'EMEA']);
      assert.deepEqual(workspaces.get(ALPHA)?.personFields.get('shoesize'), FIELD);
      assert.deepEqual(workspaces.get(ALPHA)?.customObjects.get('carpurchases'), TYPE);
    },
  },
  {
    name: 'what one workspace defines does not show in another (law 7)',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const before = control.definitions().workspaces.get(BETA);
      await defineOneOfEach(control);
      assert.deepEqual(control.definitions().workspaces.get(BETA), before);
    },
  },
  {
    name: 'a picture that was handed out never changes',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const picture = control.definitions();
      const copy = structuredClone(picture);
      await defineOneOfEach(control);
      await control.removeClient(ALPHA, CLIENT.clientId);
      assert.deepEqual(picture, copy);
    },
  },
  {
    name: 'fields and types are replaced without regard to case, and partitions told apart by it',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await defineOneOfEach(control);
      const longer = { ...FIELD, name: 'SHOESIZE', displayName: 'Size' };
      const wider = { ...TYPE, apiName: 'CARpurchases', fields: [...TYPE.fields, FIELD] };
      await control.putPersonField(ALPHA, longer);
      await control.putCustomObject(ALPHA, wider);
      assert.equal(await control.addPartition(ALPHA, 'emea'), true);
      const workspace = control.definitions().workspaces.get(ALPHA);
      assert.equal(workspace?.personFields.size, STANDARD_PERSON_FIELDS.length + 1);
      assert.deepEqual(workspace.personFields.get('shoesize'), longer);
      assert.deepEqual([...workspace.customObjects.values()], [wider]);
      assert.deepEqual([...workspace.partitions], ['Default', 'EMEA', 'emea']);
    },
  },
];

const repeating: readonly ControlClause[] = [
  {
    name: 'adding the same again changes nothing; other content under the same name is a conflict',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await control.addClient(CLIENT);
      await control.addWriteKey(WRITE_KEY);
      await control.addAdminToken('e'.repeat(64), ALPHA);
      const before = control.definitions();
      await control.addClient(CLIENT);
      await control.addWriteKey(WRITE_KEY);
      await control.addAdminToken('e'.repeat(64), ALPHA);
      await assert.rejects(control.addClient({ ...CLIENT, workspace: BETA }), isConflict);
      await assert.rejects(control.addWriteKey({ ...WRITE_KEY, name: 'other' }), isConflict);
      await assert.rejects(control.addWriteKey({ ...WRITE_KEY, keyHash: 'f'.repeat(64) }), isConflict);
      await assert.rejects(control.addAdminToken('e'.repeat(64), '*'), isConflict);
      assert.deepEqual(control.definitions(), before);
    },
  },
  {
    name: 'a partition that is there already is told by false',
    async check(subject) {
      const control = await withWorkspaces(subject);
      assert.equal(await control.addPartition(ALPHA, 'EMEA'), true);
      assert.equal(await control.addPartition(ALPHA, 'EMEA'), false);
      assert.equal(await control.addPartition(ALPHA, 'Default'), false);
      assert.equal(await control.addPartition(BETA, 'EMEA'), true);
    },
  },
  {
    name: 'removing works in the own workspace alone, once, and is told by true (law 7)',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await defineOneOfEach(control);
      assert.equal(await control.removeClient(BETA, CLIENT.clientId), false);
      assert.equal(await control.removeWriteKey(BETA, WRITE_KEY.id), false);
      assert.equal(await control.removeClient(ALPHA, CLIENT.clientId), true);
      assert.equal(await control.removeWriteKey(ALPHA, WRITE_KEY.id), true);
      assert.equal(await control.removeClient(ALPHA, CLIENT.clientId), false);
      assert.equal(await control.removeWriteKey(ALPHA, WRITE_KEY.id), false);
      assert.deepEqual([control.definitions().clients.size, control.definitions().writeKeys.size], [0, 0]);
    },
  },
  {
    name: 'a token issue of a client that was removed brings it not back',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await control.addClient(CLIENT);
      await control.removeClient(ALPHA, CLIENT.clientId);
      await control.recordTokenIssue(CLIENT.clientId, 5);
      assert.equal(control.definitions().clients.size, 0);
    },
  },
  {
    name: 'nothing can be defined in a workspace that does not exist',
    async check({ control }) {
      await assert.rejects(control.addClient(CLIENT), /111-AAA-111/);
      await assert.rejects(control.addWriteKey(WRITE_KEY), /111-AAA-111/);
      await assert.rejects(control.addPartition(ALPHA, 'EMEA'), /111-AAA-111/);
      assert.equal(control.definitions().clients.size, 0);
    },
  },
  {
    name: 'any text is kept as it is (fast-check)',
    async check(subject) {
      const control = await withWorkspaces(subject);
      const text = fc.string({ unit: 'grapheme', minLength: 1 });
      const given = new Set(['Default']);
      await fc.assert(
        fc.asyncProperty(text, async (name) => {
          assert.equal(await control.addPartition(ALPHA, name), !given.has(name));
          given.add(name);
          assert.deepEqual(control.definitions().workspaces.get(ALPHA)?.partitions, given);
        }),
        { numRuns: 30 },
      );
    },
  },
];

const keeping: readonly ControlClause[] = [
  {
    name: 'the token secret is 32 bytes, and the same at every call',
    async check({ control }) {
      assert.equal(control.tokenSecret().byteLength, 32);
      assert.deepEqual(control.tokenSecret(), control.tokenSecret());
      assert.notDeepEqual(control.tokenSecret(), new Uint8Array(32));
    },
  },
  {
    name: 'definitions and the token secret survive closing and opening',
    async check(subject) {
      if (subject.reopen === undefined) return;
      const control = await withWorkspaces(subject);
      await defineOneOfEach(control);
      const before: Definitions = control.definitions();
      const secret = control.tokenSecret();
      await using again = await subject.reopen();
      assert.deepEqual(again.control.definitions(), before);
      assert.deepEqual(again.control.tokenSecret(), secret);
    },
  },
  {
    name: 'another process sees changes after its refresh, and makes its own on top of them',
    async check(subject) {
      if (subject.openSecond === undefined) return;
      const control = await withWorkspaces(subject);
      await using second = await subject.openSecond();
      assert.deepEqual(second.tokenSecret(), control.tokenSecret());
      await defineOneOfEach(control);
      await second.refresh();
      assert.deepEqual(second.definitions(), control.definitions());
      await control.addPartition(ALPHA, 'APAC');
      assert.equal(await second.addPartition(ALPHA, 'APAC'), false);
      assert.equal(await second.removeClient(ALPHA, CLIENT.clientId), true);
      await control.refresh();
      assert.deepEqual(control.definitions(), second.definitions());
      const picture = control.definitions();
      await control.refresh();
      assert.equal(control.definitions(), picture, 'a refresh without news keeps the picture');
    },
  },
];

/** Every clause, each to be checked on a control of its own. */
export const CONTROL_EXAM: readonly ControlClause[] = [
  ...defining,
  ...repeating,
  ...DRAFT_CLAUSES,
  ...USAGE_CLAUSES,
  ...PLACE_CLAUSES,
  ...JOB_CLAUSES,
  ...IMPORT_CLAUSES,
  ...WEBHOOK_CLAUSES,
  ...keeping,
];
