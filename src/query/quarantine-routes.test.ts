/** The quarantine's list (docs/specs/admin.md, "Quarantine and replay"). */
import { failureOf, idOf, keep, recordOf, unreadableOf } from './records.fixture.ts';
import { openTestApi } from '../../tests/support/http-api.ts';
import type { AnyJson } from '../../tests/support/http-api.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

test('the quarantine shows each object as it was sent (law 10), or the bytes of what could not be read', async () => {
  await using api = await openTestApi();
  await keep(api, {
    requests: [recordOf(1), recordOf(2)],
    failures: [failureOf(1, 0), failureOf(1, 1), unreadableOf(2)],
  });
  const first = await api.call('GET', `${api.path}/quarantine?limit=2`);
  assert.match(first.text, /"object":\{"email":"a@b\.de","big":12345678901234567890\}/);
  const second = await api.call('GET', first.json.next);
  assert.deepEqual(second.json.items[0].bodyBase64, 'eyJ4');
  assert.equal(second.json.next, undefined);
});

test('filters pick by code, request, kind, type, and whether a replay has tried it', async () => {
  await using api = await openTestApi();
  const purchase = failureOf(2, 0, { kind: 'customObject', type: 'purchases', code: '1004' });
  const replayed = failureOf(3, 0, { replayedBy: idOf(9) });
  await keep(api, {
    requests: [1, 2, 3].map((at) => recordOf(at)),
    failures: [failureOf(1, 0), failureOf(1, 1), purchase, replayed],
  });
  const found = async (query: string): Promise<string[]> =>
    (await api.call('GET', `${api.path}/quarantine?${query}`)).json.items.map(
      ({ requestId, index }: AnyJson) => `${Number(requestId.slice(-3))}/${index}`,
    );
  assert.deepEqual(await found('code=1003'), ['1/0', '1/1', '3/0']);
  assert.deepEqual(await found(`requestId=${idOf(2)}`), ['2/0']);
  assert.deepEqual(await found('kind=customObject'), ['2/0']);
  assert.deepEqual(await found('kind=event'), []);
  assert.deepEqual(await found('type=purchases'), ['2/0']);
  assert.deepEqual(await found('replayed=true'), ['3/0']);
  assert.deepEqual(await found('replayed=false&code=1003'), ['1/0', '1/1']);
  for (const bad of ['after=x', 'replayed=yes', 'kind=lead', 'limit=101']) {
    assert.equal((await api.call('GET', `${api.path}/quarantine?${bad}`)).json.code, 'invalid-input', bad);
  }
});

test('an object comes with its history', async () => {
  await using api = await openTestApi();
  await keep(api, { requests: [recordOf(1)], failures: [failureOf(1, 0, { attempts: 4, replayedBy: idOf(9) })] });
  const [item] = (await api.call('GET', `${api.path}/quarantine`)).json.items;
  assert.deepEqual(
    [item.attempts, item.acceptedAt, item.failedAt, item.replayedBy],
    [4, '2026-11-23T09:59:59.000Z', '2026-11-23T10:00:00.000Z', idOf(9)],
  );
});

test('a page ends before its objects have 8 MiB together, and none is left out (law 6)', async () => {
  await using api = await openTestApi();
  const large = `{"note":"${'x'.repeat(3_000_000)}"}`;
  const huge = `{"note":"${'x'.repeat(9_000_000)}"}`;
  const objects = [large, large, large, '{"a":1}', huge, '{"b":2}'];
  await keep(api, {
    requests: [recordOf(1)],
    failures: objects.map((object, index) => failureOf(1, index, { object })),
  });
  const pages: number[][] = [];
  for (let next: string | undefined = `${api.path}/quarantine`; next !== undefined;) {
    const { json } = await api.call('GET', next);
    pages.push(json.items.map(({ index }: AnyJson) => index));
    next = json.next;
  }
  assert.deepEqual(pages, [[0, 1], [2, 3], [4], [5]]);
});
