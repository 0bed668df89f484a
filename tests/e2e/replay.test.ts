/** Must show 7: a thousand objects that failed for an unknown field are replayed once there is one. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertConserved } from '../support/server/bystander.ts';
import { startServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';
import type { ShownRequest } from '../support/server/workspace.ts';

const OBJECTS = 1_000;
const FATES = ['created', 'updated', 'stored', 'deleted', 'failed', 'pending'] as const;

interface DryRun {
  readonly objects: readonly { readonly outcome: string; readonly code?: string }[];
}

interface Replayed {
  readonly requests: readonly { readonly requestId: string; readonly objects: number }[];
}

async function assertConservedBy(workspace: Workspace, ...requests: readonly string[]): Promise<void> {
  const shown: ShownRequest[] = [];
  for (const id of requests) shown.push(await workspace.administer<ShownRequest>('GET', `/requests/${id}`));
  for (const { requestId, objects } of shown) {
    const decided = FATES.reduce((sum, fate) => sum + objects[fate], 0);
    assert.equal(objects.received, decided, `request ${requestId}: ${JSON.stringify(objects)}`);
  }
  await assertConserved(workspace);
}

suite('Must show 7: replay', () => {
  test('unknown field, field created, dry run, replay: applied under the new request, once', async () => {
    await using server = await startServer('--log-level', 'warn');
    const workspace = new Workspace(server);
    const persons = Array.from({ length: OBJECTS }, (_, n) => ({ email: `p${n}@replay.example`, shoeSize: n }));
    const failed = await workspace.accept('persons', { persons });
    const before = await workspace.decided(failed);
    assert.equal(before.objects.failed, OBJECTS);
    assert.ok(
      before.failures.every(({ code, message }) => code === '1006' && message === "Field 'shoeSize' not found"),
    );
    await assertConservedBy(workspace, failed);

    const tooEarly = await workspace.administer<DryRun>('POST', '/quarantine/replay', {
      filter: { requestId: failed },
      dryRun: true,
    });
    assert.equal(tooEarly.objects.length, OBJECTS);
    assert.ok(tooEarly.objects.every(({ outcome, code }) => outcome === 'failed' && code === '1006'));

    await workspace.administer('PUT', '/person-fields/shoeSize', { dataType: 'integer' });
    const dry = await workspace.administer<DryRun>('POST', '/quarantine/replay', {
      filter: { requestId: failed },
      dryRun: true,
    });
    assert.equal(dry.objects.filter(({ outcome }) => outcome === 'created').length, OBJECTS);
    assert.deepEqual(await workspace.sql('select count(*) from persons'), [[0]]);

    const replayed = await workspace.administer<Replayed>('POST', '/quarantine/replay', {
      filter: { requestId: failed },
    });
    assert.equal(replayed.requests.length, 1);
    const replay = replayed.requests[0]?.requestId ?? '';
    const after = await workspace.done(replay);
    assert.equal(after.objects.received, OBJECTS);
    assert.equal(after.objects.created, OBJECTS);
    assert.deepEqual(after.replayOf, [failed]);
    assert.deepEqual(await workspace.sql('select count(*), sum("shoeSize")::integer from persons'), [
      [OBJECTS, (OBJECTS * (OBJECTS - 1)) / 2],
    ]);
    const old = await workspace.decided(failed);
    assert.equal(old.objects.failed, OBJECTS);
    assert.ok(old.failures.length > 0 && old.failures.every(({ replayedBy }) => replayedBy === replay));
    await assertConservedBy(workspace, failed, replay);

    const again = await workspace.administer<Replayed>('POST', '/quarantine/replay', { filter: { requestId: failed } });
    assert.deepEqual(again.requests, []);
    assert.deepEqual(await workspace.sql('select count(*) from persons'), [[OBJECTS]]);
  });
});
