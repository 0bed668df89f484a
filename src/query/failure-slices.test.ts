import { failureOf } from './records.fixture.ts';
import { failureSlices } from './failure-slices.ts';
import type { MunchkinId } from '#model/words.ts';
import type { FailureFilter, StoreReader } from '#ports/store-reader.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

/** A quarantine of `count` objects of so many characters, and the limits that it was read with. */
function quarantineOf(
  count: number,
  characters = 100,
): { readonly reader: Pick<StoreReader, 'failures'>; readonly limits: number[] } {
  const limits: number[] = [];
  const object = 'x'.repeat(characters);
  const failures = async (_workspace: MunchkinId, { limit, after }: FailureFilter) => {
    limits.push(limit);
    const start = after === undefined ? 0 : after.index + 1;
    return Array.from({ length: Math.min(limit, count - start) }, (_, at) => failureOf(1, start + at, { object }));
  };
  return { reader: { failures }, limits };
}

async function indexesOf(reader: Pick<StoreReader, 'failures'>, objects: number): Promise<number[]> {
  const slices = failureSlices(reader, 'w' as MunchkinId, { filter: {}, objects });
  return Array.fromAsync(slices, ({ index }) => index);
}

test('slices together hold each failure once, up to the bound, in small readings (law 6)', async () => {
  for (const count of [0, 1, 31, 32, 33, 64, 100, 1000]) {
    for (const objects of [1, 32, 100, 2000]) {
      const { reader, limits } = quarantineOf(count);
      const expected = Array.from({ length: Math.min(count, objects) }, (_, at) => at);
      assert.deepEqual(await indexesOf(reader, objects), expected, `${objects} of ${count}`);
      assert.ok(limits.every((limit) => limit <= 128));
    }
  }
});

test('slices grow for small objects and shrink for large ones (law 6)', async () => {
  const small = quarantineOf(400);
  await indexesOf(small.reader, 400);
  assert.deepEqual(small.limits, [16, 64, 128, 128, 64]);
  const large = quarantineOf(30, 1_000_000);
  await indexesOf(large.reader, 30);
  assert.deepEqual(large.limits, [16, 4, 4, 4, 2]);
});

test('nothing is read ahead of whoever takes them', async () => {
  const { reader, limits } = quarantineOf(1000);
  for await (const { index } of failureSlices(reader, 'w' as MunchkinId, { filter: {}, objects: 1000 })) {
    if (index === 40) break;
  }
  assert.equal(limits.length, 2);
});
