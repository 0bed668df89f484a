/** The end of waits as far as the log (docs/specs/admin.md, "Requests and fates"). */
import { failureOf, idOf, keep, recordOf, unfinishedOf, waitingOf } from './records.fixture.ts';
import { TEST_NOW, accessTokenOf, openTestApi } from '../../tests/support/http-api.ts';
import type { TestApi, TestParts } from '../../tests/support/http-api.ts';
import { noFates } from '#model/fates.ts';
import type { Envelope, Entry } from '#model/entry.ts';
import { LOG_START } from '#model/words.ts';
import type { ObjectKind } from '#model/words.ts';
import type { Applying } from '#ports/applying.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';

async function commandsOf({ log, owner }: TestApi): Promise<readonly Entry[]> {
  const limit = { entries: 100, objects: 100, bytes: 1000 };
  return log.reader.read(owner.munchkinId, 'normal', LOG_START, limit);
}

/** Two objects wait, and the applier ends their wait when it comes to the command. */
async function openWaiting(clientId = 'c', kind: ObjectKind = 'customObject', given: TestParts = {}): Promise<TestApi> {
  const applying = { decided: async () => endWaits(api) } as unknown as Applying;
  const api: TestApi = await openTestApi({ query: { applying, ...given.query } });
  const counts = { ...noFates(), received: 3, failed: 1, pending: 2 };
  await keep(api, {
    requests: [unfinishedOf(1, { clientId, kind, counts })],
    failures: [failureOf(1, 2)],
    waiting: [waitingOf(1, 0), waitingOf(1, 1)],
  });
  return api;
}

async function endWaits({ store, owner }: TestApi): Promise<void> {
  await store.transaction(owner.munchkinId, async (transaction) => {
    const waiting = await transaction.waitingOf(idOf(1), { objects: 10, bytes: 1000 });
    await transaction.removeWaiting(waiting.map(({ order }) => order));
    await transaction.recordFailures(waiting.map(({ index, code, message }) => failureOf(1, index, { code, message })));
    const counts = { ...noFates(), failed: waiting.length, pending: -waiting.length };
    await transaction.settleRequests([{ requestId: idOf(1), counts, at: TEST_NOW }]);
  });
}

function cancelPath(api: TestApi, request = 1): string {
  return `${api.path}/requests/${idOf(request)}/cancel-waiting`;
}

test('a command goes into the log, and the answer shows the request as it is then', async () => {
  await using api = await openWaiting();
  const { status, json } = await api.call('POST', cancelPath(api));
  assert.deepEqual([status, json.ended, json.state], [200, 2, 'done']);
  assert.equal(json.failures.length, 3);
  assert.deepEqual([json.retries, json.objects.pending], [[], 0]);
  const [entry, ...others] = await commandsOf(api);
  assert.deepEqual(
    [entry?.envelope, entry?.objects, entry?.body.length, others.length],
    [{ kind: 'command', clientId: 'operator', command: 'cancel-waiting', requestId: idOf(1) }, 0, 0, 0],
  );
});

test('ending nothing is fine, says so, and writes nothing', async () => {
  await using api = await openTestApi();
  await keep(api, { requests: [recordOf(1)] });
  const { status, json } = await api.call('POST', cancelPath(api), { body: {} });
  assert.deepEqual([status, json.ended, json.state], [200, 0, 'done']);
  assert.deepEqual(await commandsOf(api), []);
});

test('a body that names something is refused, and nothing is ended', async () => {
  await using api = await openWaiting();
  for (const body of [{ indexes: [0] }, [1], 'true', '"all"']) {
    const { status, json } = await api.call('POST', cancelPath(api), { body });
    assert.deepEqual([status, json.code], [400, 'invalid-input'], JSON.stringify(body));
    assert.match(json.detail, /takes no body/u);
  }
  assert.deepEqual(await commandsOf(api), []);
});

test('an unknown request is 404', async () => {
  await using api = await openTestApi();
  assert.equal((await api.call('POST', cancelPath(api, 7))).json.code, 'request-unknown');
});

test('an applier that does not come to the command in time: 202, and it will be carried out', async () => {
  await using api = await openWaiting('c', 'customObject', {
    query: { applying: hanging(), decisionPatienceMs: 20 },
  });
  const { status, json } = await api.call('POST', cancelPath(api));
  assert.deepEqual([status, json.state, json.ended], [202, 'retrying', undefined]);
  assert.equal((await commandsOf(api)).length, 1);
});

function hanging(): Applying {
  return {
    wake: () => undefined,
    decided: (_workspace, _lane, _position, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    rehearseReplay: async () => [],
    note: async () => undefined,
    status: async () => ({ workspaces: [], metrics: '' }),
  };
}

test('the command does not overtake its request, in whatever lane that lies', async () => {
  const envelope: Envelope = { kind: 'event', clientId: 'k', database: 'db', table: 'tbl', format: 'json' };
  const entry = { requestId: idOf(1), acceptedAt: TEST_NOW, objects: 1, envelope, body: new Uint8Array() };
  const order: string[] = [];
  const applying = {
    ...hanging(),
    decided: async (_workspace: unknown, lane: string, position: number) => {
      order.push(`${lane} ${position}`);
      const counts = { ...noFates(), received: 1, pending: 1 };
      if (lane === 'events') await keep(api, { requests: [unfinishedOf(1, { counts })], waiting: [waitingOf(1, 0)] });
    },
  } as Applying;
  const api: TestApi = await openTestApi({ query: { applying } });
  await api.log.writer.append({ workspace: api.owner.munchkinId, lane: 'events', ...entry });
  assert.equal((await api.call('POST', cancelPath(api))).status, 200);
  assert.deepEqual(order, ['events 1', 'normal 2']);
  await using late = await openTestApi({ query: { applying: hanging(), decisionPatienceMs: 20 } });
  await late.log.writer.append({ workspace: late.owner.munchkinId, lane: 'events', ...entry });
  const { status, json } = await late.call('POST', cancelPath(late));
  assert.deepEqual([status, json.code, (await commandsOf(late)).length], [503, 'unavailable', 0]);
  await api.app.close();
});

test("a client ends the waits of its own requests, with the permission for their kind, and nobody else's", async () => {
  const statusFor = async (kind: ObjectKind, permissions: string[], own: boolean): Promise<[number, string]> => {
    await using api = await openWaiting('somebody', kind);
    const made = await api.call('POST', `${api.path}/clients`, { body: { name: 'crm', permissions } });
    const { clientId } = made.json as { clientId: string };
    const counts = { ...noFates(), received: 1, pending: 1 };
    const request = unfinishedOf(2, { kind, counts, clientId: own ? clientId : 'somebody' });
    await keep(api, { requests: [request], waiting: [waitingOf(2, 0)] });
    const answer = await api.call('POST', cancelPath(api, 2), { token: accessTokenOf(clientId) });
    const [command] = await commandsOf(api);
    if (answer.status === 200) assert.equal(command?.envelope.clientId, clientId);
    else assert.equal(command, undefined);
    return [answer.status, answer.json.code];
  };
  assert.deepEqual(await statusFor('customObject', ['Read-Write Custom Object'], true), [200, undefined]);
  assert.deepEqual(await statusFor('person', ['Read-Write Lead'], true), [200, undefined]);
  const refused = [403, 'token-insufficient'];
  assert.deepEqual(await statusFor('customObject', ['Read-Write Custom Object'], false), refused);
  assert.deepEqual(await statusFor('customObject', ['Read-Write Lead', 'Read-Only Custom Object'], true), refused);
  assert.deepEqual(await statusFor('person', ['Read-Write Custom Object'], true), refused);
  assert.deepEqual(await statusFor('event', ['Read-Write Lead'], true), refused);
});

test('law 7: a token of another workspace ends nothing', async () => {
  await using api = await openWaiting();
  const other = (await api.call('POST', '/v1/workspaces', { body: {} })).json;
  for (const token of [other.adminToken as string, accessTokenOf(other.clientId as string)]) {
    assert.equal((await api.call('POST', cancelPath(api), { token })).json.code, 'workspace-forbidden');
  }
  assert.deepEqual(await commandsOf(api), []);
});
