/** Replays as far as the log (docs/specs/admin.md, "Quarantine and replay"); replay.test.ts goes to the end. */
import { failureOf, idOf, keep, recordOf, unreadableOf } from './records.fixture.ts';
import { accessTokenOf, openTestApi } from '../../tests/support/http-api.ts';
import type { TestApi, TestParts } from '../../tests/support/http-api.ts';
import type { FailureRecord, FailureRef } from '#model/fates.ts';
import type { Entry } from '#model/entry.ts';
import { LANES, LOG_START } from '#model/words.ts';
import type { Applying } from '#ports/applying.ts';
import { StoreError } from '#ports/store.ts';
import type { Submission, Submitting } from '#ports/submitting.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

const FAILURES: readonly FailureRecord[] = [
  failureOf(1, 0),
  failureOf(1, 2),
  failureOf(2, 0, { kind: 'customObject', type: 'purchases', code: '1004' }),
  failureOf(3, 0, { kind: 'event', type: 'web.clicks' }),
  failureOf(4, 0),
  failureOf(5, 0, { replayedBy: idOf(9) }),
  unreadableOf(6),
];

async function openWith(failures: readonly FailureRecord[], given: TestParts = {}): Promise<TestApi> {
  const api = await openTestApi(given);
  await keep(api, { requests: [recordOf(1)], failures });
  return api;
}

function replayPath(api: TestApi): string {
  return `${api.path}/quarantine/replay`;
}

async function entriesOf({ log, owner }: TestApi): Promise<Entry[]> {
  const limit = { entries: Infinity, objects: Infinity, bytes: Infinity };
  const lanes = LANES.map((lane) => log.reader.read(owner.munchkinId, lane, LOG_START, limit));
  return (await Promise.all(lanes)).flat();
}

const QUICK: Applying = {
  wake: () => undefined,
  decided: async () => undefined,
  rehearseReplay: async () => [],
  note: async () => undefined,
  status: async () => ({ workspaces: [], metrics: '' }),
};

test('each kind and type becomes one request in its lane, which the log holds (law 1)', async () => {
  await using api = await openWith(FAILURES);
  const { status, json } = await api.call('POST', replayPath(api), { body: { filter: {} } });
  assert.equal(status, 202);
  const entries = await entriesOf(api);
  assert.deepEqual(
    entries.map(({ lane, objects, envelope, body }) => [
      lane,
      objects,
      envelope,
      JSON.parse(Buffer.from(body).toString()),
    ]),
    [
      [
        'normal',
        3,
        { kind: 'replay', clientId: 'operator', objectKind: 'person', type: 'persons' },
        [
          { requestId: idOf(1), indexes: [0, 2] },
          { requestId: idOf(4), indexes: [0] },
        ],
      ],
      [
        'normal',
        1,
        { kind: 'replay', clientId: 'operator', objectKind: 'customObject', type: 'purchases' },
        [{ requestId: idOf(2), indexes: [0] }],
      ],
      [
        'events',
        1,
        { kind: 'replay', clientId: 'operator', objectKind: 'event', type: 'web.clicks' },
        [{ requestId: idOf(3), indexes: [0] }],
      ],
    ],
  );
  assert.deepEqual(json, {
    requests: [
      { requestId: entries[0]?.requestId, kind: 'person', type: 'persons', objects: 3 },
      { requestId: entries[1]?.requestId, kind: 'customObject', type: 'purchases', objects: 1 },
      { requestId: entries[2]?.requestId, kind: 'event', type: 'web.clicks', objects: 1 },
    ],
    notReplayable: [{ requestId: idOf(6), index: -1, reason: 'unreadable' }],
    more: false,
  });
});

test('filters and names pick, and nothing picked is 200 with nothing in the log', async () => {
  await using api = await openWith(FAILURES, { query: { applying: QUICK } });
  const picked = async (body: object): Promise<[number, number, number]> => {
    const { status, json } = await api.call('POST', replayPath(api), { body });
    return [status, json.requests.length, json.notReplayable.length];
  };
  assert.deepEqual(await picked({ filter: { code: '1004' } }), [202, 1, 0]);
  assert.deepEqual(await picked({ filter: { kind: 'person', requestId: idOf(4).toUpperCase() } }), [202, 1, 0]);
  assert.deepEqual(await picked({ filter: { type: 'web.clicks' } }), [202, 1, 0]);
  assert.deepEqual(await picked({ objects: [{ requestId: idOf(1).toUpperCase(), index: 2 }] }), [202, 1, 0]);
  assert.deepEqual(await picked({ filter: { type: 'nothing' } }), [200, 0, 0]);
  assert.deepEqual(await picked({ objects: [5, 7].map((at) => ({ requestId: idOf(at), index: 0 })) }), [200, 0, 2]);
  assert.equal((await entriesOf(api)).length, 4);
});

test('bad calls name what is wrong', async () => {
  await using api = await openWith([]);
  const objects = [{ requestId: idOf(1), index: 0 }];
  const bad: readonly [unknown, string][] = [
    [{}, ''],
    [{ filter: {}, objects }, ''],
    [{ objects, after: 'x' }, 'after'],
    [{ filter: {}, after: 'x' }, 'after'],
    [{ filter: { cod: '1003' } }, 'filter.cod'],
    [{ filter: { kind: 'lead' } }, 'filter.kind'],
    [{ objects: [] }, 'objects'],
    [{ objects: [{ requestId: idOf(1) }] }, 'objects[0].index'],
    [{ filter: {}, dryRun: 'yes' }, 'dryRun'],
  ];
  for (const [body, member] of bad) {
    const { json } = await api.call('POST', replayPath(api), { body });
    assert.deepEqual([json.code, json.errors[0].member], ['invalid-input', member], JSON.stringify(body));
  }
});

test('an access token of a client replays nothing', async () => {
  await using api = await openWith(FAILURES);
  const token = accessTokenOf(api.owner.clientId);
  const { status, json } = await api.call('POST', replayPath(api), { token, body: { filter: {} } });
  assert.deepEqual([status, json.code], [403, 'token-insufficient']);
  assert.equal((await entriesOf(api)).length, 0);
});

test('law 7: a token of another workspace replays nothing, and learns nothing', async () => {
  await using api = await openWith(FAILURES);
  const token = (await api.call('POST', '/v1/workspaces', { body: {} })).json.adminToken as string;
  for (const body of [{ filter: {} }, { filter: {}, dryRun: true }, { objects: [{ requestId: idOf(1), index: 0 }] }]) {
    const { status, text } = await api.call('POST', replayPath(api), { token, body });
    assert.equal(status, 403);
    assert.doesNotMatch(text, /persons|purchases/);
  }
  assert.equal((await entriesOf(api)).length, 0);
});

test('a dry run puts nothing into the log, and tells what would become of each', async () => {
  const asked: (readonly FailureRef[])[] = [];
  const applying: Applying = {
    ...QUICK,
    rehearseReplay: async (_workspace, refs) => {
      asked.push(refs);
      return refs.map((ref, at) =>
        at === 0
          ? { ...ref, outcome: 'failed', code: '1003', message: 'Invalid value', overwrites: [] }
          : { ...ref, outcome: 'updated', overwrites: at === 1 ? ['firstName'] : [] },
      );
    },
  };
  await using api = await openWith(FAILURES, { query: { applying } });
  const { status, json } = await api.call('POST', replayPath(api), { body: { filter: {}, dryRun: true } });
  assert.equal(status, 200);
  assert.deepEqual(
    asked.map((refs) => refs.map(({ requestId, index }) => `${Number(requestId.slice(-2))}/${index}`)),
    [['1/0', '1/2', '4/0', '2/0', '3/0']],
  );
  assert.deepEqual(json.objects.slice(0, 2), [
    { requestId: idOf(1), index: 0, outcome: 'failed', code: '1003', message: 'Invalid value', overwrites: [] },
    { requestId: idOf(1), index: 2, outcome: 'updated', overwrites: ['firstName'] },
  ]);
  assert.deepEqual(json.sums, { created: 0, updated: 4, deleted: 0, stored: 0, waiting: 0, failed: 1, overwriting: 1 });
  assert.deepEqual([json.requests, json.notReplayable.length, json.more], [[], 1, false]);
  assert.equal((await entriesOf(api)).length, 0);
});

test('a rehearsal that the applier does not come to, or that the store cannot bear, is 503 (law 6)', async () => {
  const hangs: Applying['rehearseReplay'] = (_workspace, _refs, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  const breaks: Applying['rehearseReplay'] = async () => Promise.reject(new StoreError('memory', '/secret/path'));
  for (const rehearseReplay of [hangs, breaks]) {
    const applying = { ...QUICK, rehearseReplay };
    await using api = await openWith(FAILURES, { query: { applying, decisionPatienceMs: 20 } });
    const answer = await api.call('POST', replayPath(api), { body: { filter: {}, dryRun: true } });
    assert.deepEqual([answer.status, answer.json.code], [503, 'unavailable']);
    assert.doesNotMatch(answer.text, /secret/);
  }
});

/** Takes `room` entries and refuses the rest. */
function fullAfter(room: number): Submitting & { readonly taken: Submission[] } {
  const taken: Submission[] = [];
  return {
    taken,
    submit: async (submission) => {
      if (taken.length >= room) return { refused: 'the intake log is full', retryAfterSeconds: 7 };
      taken.push(submission);
      return { requestId: idOf(100 + taken.length), position: taken.length as never };
    },
  };
}

test('a log that takes nothing is 503 and says when to come again; one that takes some says so', async () => {
  await using full = await openWith(FAILURES, { query: { submitting: fullAfter(0) } });
  const { status, json, headers } = await full.call('POST', replayPath(full), { body: { filter: {} } });
  assert.deepEqual([status, json.code, headers['retry-after']], [503, 'log-unavailable', '7']);
  await using filling = await openWith(FAILURES, { query: { submitting: fullAfter(1) } });
  const partly = await filling.call('POST', replayPath(filling), { body: { filter: {} } });
  assert.deepEqual([partly.status, partly.json.requests.length, partly.json.more], [202, 1, true]);
  assert.match(partly.json.refused, /the intake log is full/);
  assert.equal(partly.json.after, undefined, 'the same call again selects what is left');
});

test('a replay waits until the one before is decided, so that nothing is submitted twice', async () => {
  const decided = Promise.withResolvers<void>();
  const waitedFor: string[] = [];
  const applying: Applying = {
    ...QUICK,
    decided: async (_workspace, lane, position) => {
      waitedFor.push(`${lane} ${position}`);
      await decided.promise;
    },
  };
  await using api = await openWith(FAILURES, { query: { applying } });
  await api.call('POST', replayPath(api), { body: { filter: {} } });
  assert.deepEqual(waitedFor, [], 'there was none before');
  const second = api.call('POST', replayPath(api), { body: { filter: {} } });
  const third = await api.call('POST', replayPath(api), { body: { filter: {} } });
  assert.deepEqual([third.status, third.json.code], [409, 'replay-under-way']);
  const refs = FAILURES.map(({ requestId, index }) => ({ requestId, index }));
  await api.store.transaction(api.owner.munchkinId, (transaction) => transaction.markReplayed(refs, idOf(50)));
  decided.resolve();
  assert.deepEqual([(await second).status, (await second).json.requests], [200, []]);
  assert.deepEqual(waitedFor, ['normal 2', 'events 3']);
});

test('a replay that is not decided in time is 409 for the next, and a failed call ends its turn', async () => {
  await using api = await openWith(FAILURES, { query: { decisionPatienceMs: 20 } });
  await api.call('POST', replayPath(api), { body: { filter: {} } });
  for (let call = 0; call < 2; call += 1) {
    const { json } = await api.call('POST', replayPath(api), { body: { filter: {} } });
    assert.equal(json.code, 'replay-under-way');
    assert.match(json.detail, /has not decided/);
  }
  assert.equal((await entriesOf(api)).length, 3);
});
