import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryControl } from '#engines/memory/control.ts';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import { LOG_START } from '#model/words.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { ApplierParts } from './parts.ts';
import { prepareBatch } from './prepare.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const BUDGET = { entries: 1_000, objects: 1_000, bytes: 10_000 };

/** Whether the batch is full when there are so many events of a thousand bytes. */
async function isFullWith(events: number): Promise<boolean> {
  const { reader, writer } = createMemoryIntakeLog();
  const control = createMemoryControl();
  await control.createWorkspace(WORKSPACE, 1);
  const body = Buffer.from(JSON.stringify({ text: 'x'.repeat(989) }));
  const envelope = { kind: 'event', clientId: 'key', database: 'db', table: 'tbl', format: 'json' } as const;
  const known = { workspace: WORKSPACE, lane: 'events', acceptedAt: 1, objects: 1, envelope, body } as const;
  for (let n = 0; n < events; n += 1) await writer.append({ ...known, requestId: `request-${n}` as RequestId });
  const clock = { now: () => 1, monotonic: () => 1 };
  const parts = { reader, control, clock } as unknown as ApplierParts;
  const after = { high: LOG_START, normal: LOG_START, events: LOG_START };
  return (await prepareBatch(parts, { workspace: WORKSPACE, after, budget: BUDGET })).isFull;
}

test('a batch with all the events that it may hold is full, and the next one is prepared beside it', async () => {
  assert.equal(await isFullWith(20), true);
  assert.equal(await isFullWith(4), true);
  assert.equal(await isFullWith(2), false);
});
