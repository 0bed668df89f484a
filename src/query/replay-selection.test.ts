import { failureOf, idOf, keep, recordOf, unreadableOf } from './records.fixture.ts';
import { selectByFilter, selectByName } from './replay-selection.ts';
import type { FilteredSelection, Selection } from './replay-selection.ts';
import { TEST_NOW, openTestApi } from '../../tests/support/http-api.ts';
import type { TestApi } from '../../tests/support/http-api.ts';
import type { FailureRecord } from '#model/fates.ts';
import type { RequestId } from '#model/words.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

async function quarantineWith(failures: readonly FailureRecord[]): Promise<TestApi> {
  const api = await openTestApi();
  await keep(api, { requests: [recordOf(1)], failures });
  return api;
}

function names(refs: readonly { readonly requestId: string; readonly index: number }[]): string[] {
  return refs.map(({ requestId, index }) => `${Number(requestId.slice(-3))}/${index}`);
}

function filtered(api: TestApi, change: Partial<FilteredSelection> = {}): Promise<Selection> {
  return selectByFilter(api.store.reader(), api.owner.munchkinId, { filter: {}, now: TEST_NOW, ...change });
}

test('a filter selects what no replay has tried, in the order of acceptance (law 4)', async () => {
  await using api = await quarantineWith([
    failureOf(3, 0),
    failureOf(1, 1),
    failureOf(1, 0, { replayedBy: idOf(9) }),
    failureOf(2, 0, { code: '1004' }),
    unreadableOf(4),
  ]);
  const { selected, notReplayable, after } = await filtered(api);
  assert.deepEqual([names(selected), after], [['1/1', '2/0', '3/0'], undefined]);
  assert.deepEqual(notReplayable, [{ requestId: idOf(4), index: -1, reason: 'unreadable' }]);
  assert.deepEqual(names((await filtered(api, { filter: { code: '1004' } })).selected), ['2/0']);
});

test('calls after each other take everything once, whichever limit ends a call (law 6)', async () => {
  const failures = [1, 2, 3, 4, 5, 6, 7].map((at) => failureOf(at, 0));
  const { object } = failureOf(1, 0);
  await using api = await quarantineWith([...failures, unreadableOf(8)]);
  for (const limit of [
    { objects: 3, bytes: Infinity },
    { objects: Infinity, bytes: object.length * 3 },
  ]) {
    const calls: string[][] = [];
    let after: string | undefined;
    do {
      const selection = await filtered(api, { limit, after });
      calls.push(names([...selection.selected, ...selection.notReplayable]));
      after = selection.after;
    } while (after !== undefined);
    assert.deepEqual(calls, [
      ['1/0', '2/0', '3/0'],
      ['4/0', '5/0', '6/0'],
      ['7/0', '8/-1'],
    ]);
  }
});

test('what a replay brings back while calls follow each other is left for another day', async () => {
  await using api = await quarantineWith([failureOf(1, 0), failureOf(2, 0)]);
  const { after } = await filtered(api, { limit: { objects: 1, bytes: Infinity } });
  const hex = (TEST_NOW + 1).toString(16).padStart(12, '0');
  const laterId = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000` as RequestId;
  await keep(api, { failures: [failureOf(0, 0, { requestId: laterId })] });
  assert.deepEqual(names((await filtered(api, { after })).selected), ['2/0']);
  assert.equal((await filtered(api)).selected.length, 3, 'a new series of calls takes it');
});

test('named objects are selected once each, and it is said why others are not', async () => {
  await using api = await quarantineWith([
    ...[0, 1, 2, 5, 40, 41, 42].map((index) => failureOf(1, index)),
    ...Array.from({ length: 100 }, (_, index) => failureOf(2, index)),
    failureOf(3, 0, { replayedBy: idOf(9) }),
    unreadableOf(4),
  ]);
  const refs = [
    ...[41, 5, 5, 3, 0].map((index) => ({ requestId: idOf(1), index })),
    ...Array.from({ length: 50 }, (_, at) => ({ requestId: idOf(2), index: at * 2 })),
    { requestId: idOf(2), index: 100 },
    { requestId: idOf(3), index: 0 },
    { requestId: idOf(4), index: -1 },
    { requestId: 'nonsense' as RequestId, index: 0 },
  ];
  const { selected, notReplayable } = await selectByName(api.store.reader(), api.owner.munchkinId, refs);
  const even = Array.from({ length: 50 }, (_, at) => `2/${at * 2}`);
  assert.deepEqual(names(selected), ['1/0', '1/5', '1/41', ...even]);
  assert.deepEqual(
    notReplayable.map(({ requestId, index, reason }) => [requestId, index, reason]),
    [
      [idOf(1), 3, 'unknown'],
      [idOf(2), 100, 'unknown'],
      [idOf(3), 0, 'replayed'],
      [idOf(4), -1, 'unreadable'],
      ['nonsense', 0, 'unknown'],
    ],
  );
});
