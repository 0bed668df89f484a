import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import type { EventEnvelope, NewEntry } from '#model/entry.ts';
import { LOG_START } from '#model/words.ts';
import type { Lane, MunchkinId, RequestId } from '#model/words.ts';
import type { Budget } from './budget.ts';
import { gather } from './gather.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const AFTER = { high: LOG_START, normal: LOG_START, events: LOG_START };
const BUDGET: Budget = { entries: 1_000, objects: 1_000, bytes: 1_000 };
const ENVELOPE: EventEnvelope = { kind: 'event', clientId: 'key', database: 'db', table: 'tbl', format: 'json' };

/** How many entries of a hundred bytes are taken, by lane, when there are so many. */
async function takenOf(waiting: Partial<Record<Lane, number>>, budget = BUDGET): Promise<Record<string, number>> {
  const { writer, reader } = createMemoryIntakeLog();
  for (const [lane, count] of Object.entries(waiting)) {
    for (let n = 0; n < count; n += 1) await writer.append(entryOf(lane as Lane, n));
  }
  const entries = await gather(reader, WORKSPACE, { after: AFTER, budget });
  return Object.fromEntries([...Map.groupBy(entries, ({ lane }) => lane)].map(([lane, taken]) => [lane, taken.length]));
}

function entryOf(lane: Lane, n: number): NewEntry {
  return {
    workspace: WORKSPACE,
    lane,
    requestId: `${lane}-${n}` as RequestId,
    acceptedAt: n,
    objects: 1,
    envelope: ENVELOPE,
    body: new Uint8Array(100),
  };
}

test('law 6: events take half of the bytes, though nothing else waits', async () => {
  assert.deepEqual(await takenOf({ events: 20 }), { events: 5 });
  assert.deepEqual(await takenOf({ normal: 20 }), { normal: 10 });
});

test('what events leave is for the other lanes', async () => {
  assert.deepEqual(await takenOf({ normal: 20, events: 20 }), { normal: 8, events: 2 });
  assert.deepEqual(await takenOf({ normal: 1, events: 20 }), { normal: 1, events: 5 });
});

test('law 4: an event is taken however small the budget', async () => {
  assert.deepEqual(await takenOf({ events: 20 }, { ...BUDGET, bytes: 1 }), { events: 1 });
});
