import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { openTestApi } from '../../tests/support/http-api.ts';
import type { Answer, TestApi } from '../../tests/support/http-api.ts';
import { until } from '../../tests/support/receiver.ts';

const MIB = 1_048_576;

function partition(api: TestApi, name: string): Promise<Answer> {
  return api.call('POST', `${api.path}/partitions`, { body: { name: name.padEnd(100, 'x') } });
}

/** Sends the head of a call, and of its body nothing. */
async function beginCall(app: FastifyInstance, path: string, headers: readonly string[]): Promise<Socket> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const json = 'Content-Type: application/json';
  socket.write([`POST ${path} HTTP/1.1`, 'Host: inlet', json, ...headers, '', ''].join('\r\n'));
  return socket;
}

test('law 6: bodies that are under way share a bound, beyond which 503 says when to come again', async () => {
  const maxBodyMemoryBytes = 2 * MIB;
  await using api = await openTestApi({ http: { maxBodyMemoryBytes } });
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const authorization = `Authorization: Bearer ${api.owner.adminToken}`;
  const begin = (length: string): Promise<Socket> =>
    beginCall(api.app, `${api.path}/partitions`, [authorization, length]);
  // What names no length may become as long as any.
  const slow = [await begin(`Content-Length: ${MIB}`), await begin('Transfer-Encoding: chunked')];
  let tries = 0;
  let refused: Answer | undefined;
  await until(async () => {
    const answer = await partition(api, `try-${(tries += 1)}`);
    if (answer.status === 503) refused = answer;
    return refused !== undefined;
  }, 'a refusal');
  assert.deepEqual([refused?.json.code, refused?.headers['retry-after']], ['body-memory', '1']);
  assert.equal((await api.call('GET', `${api.path}/partitions`)).status, 200, 'what has no body needs no room');
  const [first, second] = slow;
  first?.destroy();
  await until(async () => (await partition(api, `later-${(tries += 1)}`)).status === 201, 'room again');
  second?.write('e\r\n{"name":"slow"\r\n1\r\n}\r\n0\r\n\r\n');
  const [answer] = (await once(second as Socket, 'data')) as [Buffer];
  assert.match(String(answer), /^HTTP\/1\.1 201 /, 'what had begun is served');
  second?.destroy();
  // Whatever became of them, they all have given back what they held.
  for (let number = 0; number < 3; number += 1) {
    const tooLarge = await api.call('POST', `${api.path}/partitions`, { body: 'x'.repeat(MIB + 1) });
    assert.equal(tooLarge.status, 413);
    const junk = await api.call('POST', `${api.path}/partitions`, { body: 'x'.repeat(MIB) });
    assert.equal(junk.json.code, 'invalid-json');
  }
});

test('who may not call, or calls no path, holds nothing', async () => {
  await using api = await openTestApi({ http: { maxBodyMemoryBytes: 1_000 } });
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const sockets: Socket[] = [];
  for (const path of [`${api.path}/partitions`, '/v1/nowhere']) {
    const socket = await beginCall(api.app, path, ['Content-Length: 900']);
    sockets.push(socket);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 40[14] /, 'without waiting for its body');
  }
  assert.equal((await partition(api, 'one')).status, 201);
  for (const socket of sockets) socket.destroy();
});
