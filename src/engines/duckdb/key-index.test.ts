import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { KeyIndex, repeatedWithin } from './key-index.ts';

const WINDOW_MS = 1_000;
const EMPTY = { last: 0, completeFrom: 0, missingUntilMs: -Infinity };

function indexOf(slots: number): KeyIndex {
  const index = new KeyIndex(slots);
  index.beginLoading(EMPTY);
  index.endLoading();
  index.commit();
  return index;
}

/** Adds the keys in a row of their own. Returns its ordinal. */
function add(index: KeyIndex, keys: readonly string[], acceptedAt = 0): number {
  const row = { ordinal: index.nextOrdinal(), acceptedAt, windowMs: WINDOW_MS };
  const { homes, prints } = index.hashesOf('db.tbl', keys);
  for (const at of keys.keys()) index.add(homes[at] ?? 0, prints[at] ?? 0, row);
  return row.ordinal;
}

function suspected(index: KeyIndex, keys: readonly string[], since = -Infinity): [number[], number[]] {
  const { places, rows } = index.suspects(index.hashesOf('db.tbl', keys), since);
  return [[...places], [...rows]];
}

test('a key that was added is suspected, with its row; of others that happens by chance alone', () => {
  const index = indexOf(1 << 16);
  const keys = Array.from({ length: 1_000 }, () => randomUUID());
  const first = add(index, keys.slice(0, 600));
  const second = add(index, keys.slice(600));
  assert.deepEqual(suspected(index, [randomUUID(), keys[700] ?? '', 'key']), [[1], [second]]);
  assert.deepEqual(suspected(index, keys), [[...keys.keys()], [first, second]]);
  const others = index.suspects(index.hashesOf('db.other', keys), -Infinity);
  assert.equal(others.places.size, 0);
});

test('what was added and rolled back is not suspected, and what was committed is', () => {
  const index = indexOf(1 << 16);
  add(index, ['a']);
  index.commit();
  add(index, ['a', 'b', ...Array.from({ length: 2_000 }, () => randomUUID())]);
  index.rollBack();
  assert.deepEqual(suspected(index, ['a', 'b']), [[0], [1]]);
});

test('what was loaded by a transaction that is rolled back has to be loaded anew', () => {
  const index = new KeyIndex(1 << 16);
  index.beginLoading(EMPTY);
  index.endLoading();
  assert.ok(index.isLoaded);
  index.rollBack();
  assert.ok(!index.isLoaded);
});

test('law 6: the oldest keys make room for new ones, and the index says from where on it is complete', () => {
  const index = indexOf(1 << 8);
  const keys = Array.from({ length: 2_000 }, () => randomUUID());
  const rows = keys.map((key, at) => add(index, [key], at));
  const { completeFrom } = index;
  assert.ok(completeFrom > 1_500, `complete from ${completeFrom}`);
  const kept = keys.filter((_, at) => (rows[at] ?? 0) >= completeFrom);
  assert.deepEqual(
    suspected(index, kept)[0],
    kept.map((_, at) => at),
  );
  assert.equal(index.missingUntilMs, rows.indexOf(completeFrom) - 1);
});

test('keys go when they are forgotten, but for those of the generation that is being filled', () => {
  const index = indexOf(1 << 16);
  add(index, ['a'], 0);
  const second = add(index, ['b'], WINDOW_MS);
  index.forget(WINDOW_MS);
  assert.deepEqual(suspected(index, ['a', 'b']), [[1], [second]]);
  assert.equal(index.completeFrom, second);
  index.forget(5 * WINDOW_MS);
  assert.deepEqual(suspected(index, ['b']), [[0], [second]]);
  assert.deepEqual(suspected(index, ['b'], WINDOW_MS), [[], []], 'it was not accepted later');
});

test('of keys with one hash all are contested, whether they are equal or meet by chance', () => {
  const homes = Int32Array.of(7, 7, 5, 7, 9);
  const prints = Int32Array.of(1, 2, 1, 1, -1);
  const places = repeatedWithin({ homes, prints, uuids: new Uint8Array(5) });
  assert.ok(places.has(0) && places.has(3), 'both of two');
  assert.ok(!places.has(1) && !places.has(4));
});

test('a UUID is told by its letters and hyphens', () => {
  const index = indexOf(1 << 8);
  const uuid = '0190abcd-0000-7000-8000-00000000aa00';
  const keys = [uuid, uuid.toUpperCase(), `${uuid}0`, uuid.replace('-', '0'), `-${uuid.slice(0, -1)}`, '日'.repeat(36)];
  assert.deepEqual([...index.hashesOf('db.tbl', keys).uuids], [1, 0, 0, 0, 0, 0]);
});
