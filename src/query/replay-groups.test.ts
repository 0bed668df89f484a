import { idOf } from './records.fixture.ts';
import { batchesOf, replayGroups, replayLane } from './replay-groups.ts';
import { replayBody, replayedRequests } from './replay-body.ts';
import type { SelectedObject } from './replay-selection.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

function selected(request: number, change: Partial<SelectedObject> = {}): SelectedObject {
  return { requestId: idOf(request), index: 0, kind: 'person', type: 'persons', bytes: 100, ...change };
}

test('one kind and type to a group, persons before what may name them, in the order of acceptance (law 4)', () => {
  const purchase = { kind: 'customObject', type: 'purchases' } as const;
  const groups = replayGroups([
    selected(1, { kind: 'event', type: 'web.clicks' }),
    selected(2, purchase),
    selected(3),
    selected(4, { kind: 'customObject', type: 'cars' }),
    selected(5, purchase),
    selected(6),
  ]);
  assert.deepEqual(
    groups.map(({ kind, type, objects }) => [kind, type, objects.map(({ requestId }) => Number(requestId.slice(-2)))]),
    [
      ['person', 'persons', [3, 6]],
      ['customObject', 'purchases', [2, 5]],
      ['customObject', 'cars', [4]],
      ['event', 'web.clicks', [1]],
    ],
  );
  assert.deepEqual(
    groups.map(({ kind }) => replayLane(kind)),
    ['normal', 'normal', 'normal', 'events'],
  );
});

test('no batch has more than 5,000 objects or 8 MiB, but each has one (law 6)', () => {
  const sizes = (objects: readonly SelectedObject[]): number[] => batchesOf(objects).map(({ length }) => length);
  const many = (count: number, bytes: number): SelectedObject[] =>
    Array.from({ length: count }, (_, index) => selected(1, { index, bytes }));
  assert.deepEqual(sizes([]), []);
  assert.deepEqual(sizes(many(5000, 1)), [5000]);
  assert.deepEqual(sizes(many(5001, 1)), [5000, 1]);
  assert.deepEqual(sizes(many(9, 1024 * 1024)), [8, 1]);
  assert.deepEqual(sizes(many(3, 9 * 1024 * 1024)), [1, 1, 1]);
});

test('the body names the objects in their order, and gives their requests back', () => {
  const refs = [selected(1), selected(1, { index: 3 }), selected(2, { index: 5 }), selected(1, { index: 7 })];
  const body = replayBody(refs);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(body)), [
    { requestId: idOf(1), indexes: [0, 3] },
    { requestId: idOf(2), indexes: [5] },
    { requestId: idOf(1), indexes: [7] },
  ]);
  assert.deepEqual(replayedRequests(body), [idOf(1), idOf(2)]);
  assert.deepEqual(replayedRequests(body.subarray(1)), [], 'bytes that were changed name none (law 5)');
});
