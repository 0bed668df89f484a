/** Counts of calls and errors (docs/specs/marketo-rest.md, R25). Shapes are the documented ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryControl } from '#engines/memory/control.ts';
import type { Client } from '#model/definitions.ts';
import { ControlUnavailable } from '#ports/control.ts';
import { openRestApi, REST_WORKSPACE } from '../../tests/support/rest-api.ts';
import { UsageMeter } from './usage-meter.ts';

const DAY_MS = 86_400_000;

test('today has a total also before the first call, and counts calls by client', async () => {
  await using rest = await openRestApi();
  const usage = async (client: 'none' | 'all'): Promise<unknown> =>
    (await rest.call('GET', 'stats/usage.json', { client })).json.result;
  assert.deepEqual(await usage('none'), [{ date: '2026-11-23', total: 0, users: [] }]);
  await rest.call('GET', 'leads/partitions.json');
  await rest.call('GET', 'nonsense.json');
  assert.deepEqual(await usage('all'), [
    {
      date: '2026-11-23',
      total: 3,
      users: [
        { userId: 'all@x.example', count: 2 },
        { userId: 'none@x.example', count: 1 },
      ],
    },
  ]);
});

test('errors are counted by code, those of calls without a good token not at all', async () => {
  await using rest = await openRestApi();
  await rest.call('GET', 'nonsense.json');
  await rest.call('GET', 'nonsense.json', { client: 'none' });
  await rest.call('GET', 'leads/partitions.json', { client: 'none' });
  await rest.call('GET', 'leads/partitions.json', { client: null });
  const { json } = await rest.call('GET', 'stats/errors.json');
  const errors = [
    { errorCode: '603', count: 1 },
    { errorCode: '610', count: 2 },
  ];
  assert.deepEqual(json.result, [{ date: '2026-11-23', total: 3, errors }]);
});

test('the last seven days are seven entries, newest first; what is older is forgotten (law 6)', async () => {
  await using rest = await openRestApi();
  for (let day = 0; day < 9; day += 1) {
    await rest.call('GET', 'nonsense.json');
    rest.clock.advance(DAY_MS);
  }
  const read = async (path: string): Promise<[string, number][]> =>
    (await rest.call('GET', path)).json.result.map(({ date, total }: { date: string; total: number }) => [date, total]);
  const days = ['12-02', '12-01', '11-30', '11-29', '11-28', '11-27', '11-26'].map((day) => `2026-${day}`);
  assert.deepEqual(
    await read('stats/errors/last7days.json'),
    days.map((day, ago) => [day, ago === 0 ? 0 : 1]),
  );
  assert.deepEqual(
    (await read('stats/usage/last7days.json')).map(([day]) => day),
    days,
  );
  const kept = await rest.control.usage(REST_WORKSPACE, '2000-01-01');
  assert.equal(kept.toSorted((left, right) => (left.day < right.day ? -1 : 1))[0]?.day, '2026-11-26');
});

const CLIENT: Client = {
  clientId: 'c',
  workspace: REST_WORKSPACE,
  name: 'c@x.example',
  permissions: [],
  secretHash: '',
  createdAt: 0,
};

test('counts are written after a while and at the end, and kept while there is no room', async () => {
  const control = createMemoryControl();
  const waits: (() => void)[] = [];
  const written: number[] = [];
  let hasRoom = false;
  const meter = new UsageMeter({
    control: {
      usage: (workspace, fromDay) => control.usage(workspace, fromDay),
      addUsage: async (counts, forgetBefore) => {
        if (!hasRoom) throw new ControlUnavailable('The disk is full.');
        written.push(counts.length);
        await control.addUsage(counts, forgetBefore);
      },
    },
    clock: {
      now: () => 0,
      monotonic: () => 0,
      sleep: (_ms, signal) =>
        new Promise((resolve, reject) => {
          waits.push(resolve);
          signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        }),
    },
    dayOf: () => '2026-11-23',
    onFault: (error) => assert.fail(String(error)),
  });
  meter.count(CLIENT);
  meter.count(CLIENT, '610');
  assert.equal(waits.length, 1, 'one write for all');
  waits.shift()?.();
  await new Promise(setImmediate);
  assert.deepEqual(written, []);
  hasRoom = true;
  meter.count(CLIENT);
  waits.shift()?.();
  await new Promise(setImmediate);
  assert.deepEqual(written, [2]);
  meter.count(CLIENT);
  await meter[Symbol.asyncDispose]();
  const counts = await control.usage(REST_WORKSPACE, '2026-11-23');
  const texts = counts.map(({ code, count }) => `${code}: ${count}`);
  assert.deepEqual(new Set(texts), new Set([': 4', '610: 1']));
});
