/** What goes wrong around a call, as its sender is told (docs/reference/errors.md, REST API). */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { test } from 'node:test';
import Fastify from 'fastify';
import { Problem } from '#protocols/api/problems.ts';
import { restErrorOf } from './rest-faults.ts';

test('a body that is cut off is 609, and no mistake of the server', async () => {
  const { promise: met, resolve } = Promise.withResolvers<unknown>();
  const app = Fastify();
  app.setErrorHandler(async (error) => resolve(error));
  app.post('/', async () => ({}));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"input"';
  socket.write(head, () => setImmediate(() => socket.destroy()));
  const error = restErrorOf(await met);
  await app.close();
  assert.deepEqual([error?.code, error?.message], ['609', 'Invalid JSON: the body ends before it is whole']);
});

test('a connection of the server that is reset is a mistake of the server', () => {
  assert.equal(restErrorOf(Object.assign(new Error('reset'), { code: 'ECONNRESET' })), undefined);
});

test('a body for which there is no room is 608, with the time after which it may be sent again', () => {
  const error = restErrorOf(new Problem('body-memory', 'send this one again'));
  assert.deepEqual([error?.code, error?.retryAfterSeconds], ['608', 1]);
});
