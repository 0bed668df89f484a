/**
 * Clauses of the control's exam about webhooks.
 * Owns: these clauses. Never: knows an engine.
 */
import assert from 'node:assert/strict';
import { ControlConflict } from '#ports/control.ts';
import { ALPHA, BETA, WEBHOOK, withWorkspaces } from './control-subject.ts';
import type { ControlClause } from './control-subject.ts';

export const WEBHOOK_CLAUSES: readonly ControlClause[] = [
  {
    name: 'a webhook is shown as it was put, replaced whole, and the same again changes nothing',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await control.putWebhook(WEBHOOK);
      assert.deepEqual([...control.definitions().webhooks.values()], [WEBHOOK]);
      const picture = control.definitions();
      await control.putWebhook({ ...WEBHOOK });
      assert.equal(control.definitions(), picture);
      const { types: _, ...others } = WEBHOOK;
      const other = { ...others, name: 'all', delivery: 'single', enabled: false } as const;
      await control.putWebhook(other);
      assert.deepEqual([...control.definitions().webhooks.values()], [other]);
    },
  },
  {
    name: 'the id of a webhook belongs to one workspace (law 7)',
    async check(subject) {
      const control = await withWorkspaces(subject);
      await control.putWebhook(WEBHOOK);
      await assert.rejects(control.putWebhook({ ...WEBHOOK, workspace: BETA }), ControlConflict);
      assert.equal(await control.removeWebhook(BETA, WEBHOOK.id), false);
      assert.deepEqual(control.definitions().webhooks.get(WEBHOOK.id), WEBHOOK);
    },
  },
  {
    name: 'a webhook is removed once, told by true, and none can be in a workspace that does not exist',
    async check(subject) {
      await assert.rejects(subject.control.putWebhook(WEBHOOK), /111-AAA-111/);
      const control = await withWorkspaces(subject);
      await control.putWebhook(WEBHOOK);
      assert.equal(await control.removeWebhook(ALPHA, WEBHOOK.id), true);
      assert.equal(await control.removeWebhook(ALPHA, WEBHOOK.id), false);
      assert.equal(control.definitions().webhooks.size, 0);
    },
  },
];
