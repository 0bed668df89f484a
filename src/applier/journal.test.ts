import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JournalEvent } from '#model/journal.ts';
import type { MunchkinId } from '#model/words.ts';
import { StoreError } from '#ports/store.ts';
import { cancelWaiting, openApplierWorld, persons, purchases, WORKSPACE } from '../../tests/support/applier-world.ts';
import type { ApplierWorld, SentEntry } from '../../tests/support/applier-world.ts';
import { tampered } from '../../tests/support/tampered-store.ts';
import { TestClock } from '../../tests/support/test-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const QUEUE = {
  high: { lagSeconds: 0, requestBacklog: 0, recordBacklog: 0 },
  normal: { lagSeconds: 3, requestBacklog: 2, recordBacklog: 500 },
};

async function journalOf(world: ApplierWorld): Promise<readonly JournalEvent[]> {
  return (await world.store.reader().journal(WORKSPACE, { after: 0, limit: 1_000, maxBytes: 1e9 })).events;
}

/** What the results events say, one list of `requestId`, counts and codes for each. */
async function resultsOf(world: ApplierWorld): Promise<unknown[]> {
  const results = (await journalOf(world)).filter(({ type }) => type === 'results');
  return results.map(({ event }) => {
    const { data: said } = JSON.parse(event) as { data: { requests: { requestId: string; records: object }[] } };
    return said.requests.map(({ requestId, records }) => [requestId, records]);
  });
}

function dataOf(event: JournalEvent | undefined): Record<string, unknown> {
  return (JSON.parse(event?.event ?? '{}') as { data: Record<string, unknown> }).data;
}

function retain(before: number): SentEntry {
  const envelope = { kind: 'command', command: 'retain', clientId: 'retention', before, maxBytes: 1e9 } as const;
  return { lane: 'high', envelope, body: '', objects: 0 };
}

suite('what the applier writes into the journal (docs/specs/journal.md, Results)', () => {
  test('each object is told of in the event of the batch that decides it', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock, schedule: { waitsMs: [5 * MINUTE], random: () => 0 } });
    const first = await world.send(purchases([{ vin: '1', owner: 'ann@b.co' }, { vin: '2' }, { vin: '' }]));
    await world.quiet();
    const waits = await world.send(purchases([{ vin: '3', owner: 'bob@b.co' }]));
    await world.quiet();
    const ann = await world.send(persons([{ email: 'ann@b.co' }], 'high'));
    await world.quiet();
    await world.send(cancelWaiting(waits.requestId));
    await world.quiet();
    assert.deepEqual(await resultsOf(world), [
      [[first.requestId, { received: 2, created: 1, updated: 0, failed: { 1002: 1 } }]],
      [[ann.requestId, { received: 1, created: 1, updated: 0, failed: {} }]],
      [[first.requestId, { received: 1, created: 1, updated: 0, failed: {} }]],
      [[waits.requestId, { received: 1, created: 0, updated: 0, failed: { 1004: 1 } }]],
    ]);
    assert.deepEqual(
      world.grown.map(({ last }) => last),
      [1, 2, 3, 4],
    );
  });

  test('law 3: a batch that the store has not taken is not told of, and its event not announced', async () => {
    let isDown = true;
    await using world = await openApplierWorld({
      around: (store) => ({
        ...tampered(store, () => ({})),
        transaction: (workspace, work) =>
          store.transaction(workspace, async (transaction) => {
            const result = await work(transaction);
            if (isDown) throw new StoreError('unavailable', 'down');
            return result;
          }),
      }),
    });
    await world.send(persons([{ email: 'ann@b.co' }]));
    while (!world.told.some(({ event }) => event === 'batchRetried')) await new Promise(setImmediate);
    assert.deepEqual([await journalOf(world), world.grown], [[], []]);
    isDown = false;
    await world.quiet();
    assert.equal((await journalOf(world)).length, 1);
  });

  test('the fate of each object that has a row stands beside its request, with the row that it went to', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    const first = await world.append(persons([{ email: 'a@b.co' }, { email: '' }, { email: 'b@b.co' }]));
    // Objects with the key of another that may not be folded lie in runs of their own.
    const { requestId } = await world.append(
      persons([{ email: 'c@b.co' }, { email: 'b@b.co' }, { email: 'b@b.co' }, { email: 'a@b.co' }], 'normal', {
        action: 'delete',
      }),
    );
    const again = await world.append(persons([{ email: 'b@b.co' }, { email: 'b@b.co' }]));
    world.applier.wake(WORKSPACE);
    await world.quiet();
    const fatesOf = async (id: string): Promise<unknown[]> => {
      const fates = await world.store.reader().fates(WORKSPACE, { of: { requestId: id as never }, limit: 10 });
      return fates.map(({ index, outcome, identity, type }) => [index, outcome, identity, type]);
    };
    assert.deepEqual(await fatesOf(first.requestId), [
      [0, 'created', 1, 'persons'],
      [2, 'created', 2, 'persons'],
    ]);
    assert.deepEqual(await fatesOf(requestId), [
      [1, 'deleted', 2, 'persons'],
      [3, 'deleted', 1, 'persons'],
    ]);
    assert.deepEqual(await fatesOf(again.requestId), [
      [0, 'created', 3, 'persons'],
      [1, 'updated', 3, 'persons'],
    ]);
  });
});

suite('notes (docs/specs/journal.md)', () => {
  test('status: the figures of the gateway', async () => {
    await using world = await openApplierWorld();
    await world.applier.note(WORKSPACE, { type: 'status', at: HOUR, quota: 99, queue: QUEUE });
    const [event] = await journalOf(world);
    assert.deepEqual(dataOf(event), { munchkinId: WORKSPACE, quota: 99, queue: QUEUE });
    assert.deepEqual(world.grown, [{ workspace: WORKSPACE, last: 1 }]);
  });

  test('metrics: what the results events of that time say, and of no other', async () => {
    const clock = new TestClock();
    await using world = await openApplierWorld({ clock });
    const from = clock.now();
    await world.send(persons([{ email: 'a@b.co' }, { email: 'a@b.co' }, { email: '' }]));
    await world.quiet();
    clock.advance(30 * MINUTE);
    await world.send(persons([{ email: 'a@b.co' }], 'high'));
    await world.quiet();
    clock.advance(30 * MINUTE);
    await world.send(persons([{ email: 'b@b.co' }], 'high'));
    await world.quiet();
    await world.applier.note(WORKSPACE, { type: 'metrics', from, to: from + HOUR, rejected: { '606': 2 } });
    const { requests, records } = dataOf((await journalOf(world)).at(-1));
    assert.deepEqual(requests, { received: 4, processed: 2, rejected: { '606': 2 } });
    const { high, normal } = (records as Record<string, Record<string, unknown>>)['person'] ?? {};
    assert.deepEqual(high, { received: 1, created: 0, updated: 1, failed: {} });
    assert.deepEqual(normal, { received: 3, created: 1, updated: 1, failed: { 1002: 1 } });
  });

  test('of a workspace that is not defined is refused', async () => {
    await using world = await openApplierWorld();
    const unknown = '999-XXX-999' as MunchkinId;
    await assert.rejects(
      world.applier.note(unknown, { type: 'status', at: 0, quota: 0, queue: QUEUE }),
      (error) => error instanceof StoreError && error.reason === 'unavailable',
    );
  });
});

test('retain: forgets what is finished, in order with everything else, and is no request itself', async () => {
  const clock = new TestClock();
  await using world = await openApplierWorld({ clock });
  const old = await world.send(persons([{ email: 'a@b.co' }]));
  const waiting = await world.send(purchases([{ vin: '1', owner: 'nobody@b.co' }]));
  await world.quiet();
  clock.advance(MINUTE);
  const recent = await world.send(persons([{ email: 'b@b.co' }]));
  await world.send(retain(clock.now()));
  await world.quiet();
  const reader = world.store.reader();
  const kept = await reader.requests(WORKSPACE, { limit: 10 });
  assert.deepEqual(kept.map(({ requestId }) => requestId).toSorted(), [waiting.requestId, recent.requestId].toSorted());
  assert.equal(await reader.request(WORKSPACE, old.requestId), undefined);
  assert.equal(await reader.retainedFrom(WORKSPACE), clock.now());
  assert.equal((await reader.totals(WORKSPACE)).received, 3);
});
