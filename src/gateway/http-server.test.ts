import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import { configureHttpServer, HTTP_SERVER_OPTIONS } from './http-server.ts';
import { newRequestId } from './request-id.ts';
import { receivedText, RunningGateway, WRITE_KEY } from '../../tests/support/gateway.ts';

const LIMIT = 1_048_064;
const FAST_TIMEOUTS = { connectionsCheckingInterval: 20, headersTimeout: 150, requestTimeout: 300 };

function head(extra: string, path = 'db/tbl', key = WRITE_KEY): string {
  return `POST /postback/v3/event/${path} HTTP/1.1\r\nHost: x\r\nX-TD-Write-Key: ${key}\r\n${extra}\r\n`;
}

function event(body: string): string {
  return head(`Content-Length: ${Buffer.byteLength(body)}\r\n`) + body;
}

function statuses(text: string): readonly string[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status ?? '');
}

function assertErrorAnswer(text: string, status: number): void {
  assert.deepEqual(statuses(text), [String(status)], text);
  assert.match(text, /X-Request-Id: [0-9a-f-]{36}/);
  assert.match(text, /Content-Type: application\/json/);
  assert.match(text, /\{"error":"[A-Za-z]+","message":"[^"]+"\}$/);
}

/** Asks again until the answer has this status. */
async function until(status: number, ask: () => Promise<Response>): Promise<Response> {
  for (const deadline = Date.now() + 10_000; ;) {
    const answer = await ask();
    if (answer.status === status) return answer;
    assert.ok(Date.now() < deadline, `${answer.status} instead of ${status}`);
    await delay(5);
  }
}

describe('sizes', () => {
  const padded = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`;

  test('the limit itself is taken, one byte more is 413, by length and in chunks', async () => {
    await using running = await RunningGateway.start();
    assert.equal((await running.postEvent('db/tbl', padded(LIMIT))).status, 200);
    const over = padded(LIMIT + 1);
    const declared = await running.postEvent('db/tbl', over);
    assert.equal(declared.status, 413);
    assert.equal(((await declared.json()) as { error: string }).error, 'PayloadTooLarge');
    const chunk = `${over.length.toString(16)}\r\n${over}\r\n0\r\n\r\n`;
    assertErrorAnswer(await running.raw(head('Transfer-Encoding: chunked\r\n') + chunk), 413);
    assert.equal((await running.entries()).length, 1);
  });

  test('a sender that never stops is answered, and then cut off', async () => {
    await using running = await RunningGateway.start();
    const socket = running.connect();
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    let writtenBytes = 0;
    const pump = (): void => {
      while (!socket.destroyed && socket.write(chunk)) writtenBytes += chunk.length;
    };
    socket.write(head('Transfer-Encoding: chunked\r\n'));
    socket.on('drain', pump);
    pump();
    assert.match(await receivedText(socket, () => false), /^HTTP\/1\.1 413 /);
    assert.ok(writtenBytes < 100 * 1024 * 1024, `${writtenBytes} bytes were taken`);
  });

  const CODINGS = {
    gzip: gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
    zstd: zstdCompressSync,
  } as const;
  for (const [coding, compress] of Object.entries(CODINGS)) {
    test(`${coding}: taken, held to the limit after inflation, refused when it ends early`, async () => {
      await using running = await RunningGateway.start();
      const headers = { 'Content-Encoding': coding };
      const whole = new Uint8Array(compress('{"a":1}'));
      assert.equal((await running.postEvent('db/tbl', whole, headers)).status, 200);
      const [entry] = await running.entries();
      assert.equal(Buffer.from(entry?.body ?? []).toString(), '{"a":1}', 'the body is stored inflated');
      assert.equal((await running.postEvent('db/tbl', whole.slice(0, -3), headers)).status, 400);
      const bomb = new Uint8Array(compress(Buffer.alloc(20 * LIMIT)));
      assert.ok(bomb.length < LIMIT, 'the bomb is small on the wire');
      assert.equal((await running.postEvent('db/tbl', bomb, headers)).status, 413);
    });
  }

  test('deflate without its wrapper is taken', async () => {
    await using running = await RunningGateway.start();
    const body = new Uint8Array(deflateRawSync('{"a":1}'));
    assert.equal((await running.postEvent('db/tbl', body, { 'Content-Encoding': 'deflate' })).status, 200);
  });

  test('law 6: bodies that come at once share a bounded memory', async () => {
    await using running = await RunningGateway.start({ options: { maxBodyMemoryBytes: 1000 } });
    const slow = running.connect();
    slow.write(head('Content-Length: 900\r\n') + 'x'.repeat(800));
    // Both take effect a moment later: what is sent and what has ended is to be read first.
    const refused = await until(503, () => running.postEvent('db/tbl', padded(500)));
    assert.equal(refused.headers.get('retry-after'), '1');
    slow.destroy();
    await until(200, () => running.postEvent('db/tbl', padded(500)));
  });
});

test('law 6: a body counts until the log has it', async () => {
  const { writer } = createMemoryIntakeLog();
  const log = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const append: typeof writer.append = async (...all) => {
    reached.resolve();
    await log.promise;
    return writer.append(...all);
  };
  await using running = await RunningGateway.start({
    options: { maxBodyMemoryBytes: 1000 },
    parts: { writer: Object.create(writer, { append: { value: append } }) as typeof writer },
  });
  const first = running.postEvent('db/tbl', JSON.stringify({ a: 'x'.repeat(700) }));
  await reached.promise;
  assert.equal((await running.postEvent('db/tbl', JSON.stringify({ a: 'x'.repeat(700) }))).status, 503);
  log.resolve();
  assert.equal((await first).status, 200);
});

describe('connections', () => {
  test('live on after an error whose body was small', async () => {
    await using running = await RunningGateway.start();
    const wrongKey = head('Content-Length: 7\r\n', 'db/tbl', 'wrong') + '{"a":1}';
    const text = await running.raw(wrongKey + event('{') + event('{"a":1}'), (all) => all.endsWith('{}'));
    assert.deepEqual(statuses(text), ['403', '400', '200']);
  });

  test('carry pipelined requests, answered in order', async () => {
    await using running = await RunningGateway.start();
    const bodies = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? `{"n":${at}}` : '['));
    const text = await running.raw(bodies.map(event).join(''), (all) => statuses(all).length === 20);
    assert.deepEqual(
      statuses(text),
      bodies.map((_, at) => (at % 2 === 0 ? '200' : '400')),
    );
    assert.equal((await running.entries()).length, 10);
  });

  test('Expect: 100-continue is answered, any other expectation is 417', async () => {
    await using running = await RunningGateway.start();
    const socket = running.connect();
    socket.write(head('Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n'));
    socket.once('data', () => socket.write('{}'));
    assert.deepEqual(statuses(await receivedText(socket, () => false)), ['100', '200']);
    assertErrorAnswer(await running.raw(head('Content-Length: 2\r\nExpect: wonders\r\nConnection: close\r\n')), 417);
  });

  test('1,000 requests at once are all answered, each with its own entry', async () => {
    await using running = await RunningGateway.start();
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, n) => running.postEvent('db/tbl', `{"n":${n}}`)),
    );
    const ids = new Set(answers.map((answer) => answer.headers.get('x-request-id')));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(ids.size, 1000);
    assert.deepEqual(new Set((await running.entries()).map(({ requestId }) => requestId)), ids);
  });
});

describe('what is no request', () => {
  test('malformed HTTP: 400', async () => {
    await using running = await RunningGateway.start();
    assertErrorAnswer(await running.raw('NONSENSE\r\n\r\n'), 400);
  });
  test('headers too large: 431', async () => {
    await using running = await RunningGateway.start();
    assertErrorAnswer(await running.raw(head(`X-Long: ${'x'.repeat(40_000)}\r\n`)), 431);
  });
  test('headers that never end: 408', async () => {
    await using running = await RunningGateway.start({ server: FAST_TIMEOUTS });
    assertErrorAnswer(await running.raw('POST /postback/v3/event/db/tbl HTTP/1.1\r\nHost: x\r\n'), 408);
  });
  test('a body that never ends: 408, and nothing is stored', async () => {
    await using running = await RunningGateway.start({ server: FAST_TIMEOUTS });
    assertErrorAnswer(await running.raw(head('Content-Length: 100\r\n') + '{"a":'), 408);
    assert.deepEqual(await running.entries(), []);
  });
  test('the body of an import may take longer than any other, which others do not hold up', async () => {
    const server = createServer({ ...HTTP_SERVER_OPTIONS, ...FAST_TIMEOUTS }, (request, response) => {
      request.resume().on('end', () => response.end('whole'));
    });
    configureHttpServer(server, newRequestId);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const begun = (target: string): Socket => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
      socket.write(`PUT ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\na`);
      return socket;
    };
    const imports = ['/v3/table/import/d/t/msgpack.gz', 'http://x//V3/table/import_with_id/d/t/1/msgpack.gz'].map(
      begun,
    );
    // Begun later: once these are cut off, the imports would have been.
    const others = ['/v3/table/importer/d/t', '/v3/table/create/d/t/log', '/x/v3/table/import/d/t'].map(begun);
    for (const other of others) assertErrorAnswer(await receivedText(other, () => false), 408);
    for (const socket of imports) {
      socket.write('b');
      assert.match(await receivedText(socket, () => false), /^HTTP\/1\.1 200 [^]*whole/);
    }
    await new Promise((resolve) => server.close(resolve));
  });
  test('a body that ends too early: 400, and nothing is stored', async () => {
    await using running = await RunningGateway.start();
    const socket = running.connect();
    socket.end(head('Content-Length: 100\r\n') + '{"a":1}');
    assertErrorAnswer(await receivedText(socket, () => false), 400);
    assert.deepEqual(await running.entries(), []);
  });
  test('rubbish behind a request that was accepted does not take the place of its answer', async () => {
    await using running = await RunningGateway.start();
    const text = await running.raw(`${event('{"a":1}')}NONSENSE\r\n\r\n`);
    assert.equal(statuses(text)[0], '200');
    assert.equal((await running.entries()).length, 1);
  });
  test('a sender that goes away leaves nothing behind', async () => {
    await using running = await RunningGateway.start();
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = running.connect();
        // What is not written yet would be thrown away, and the server would hear of no request.
        await new Promise((resolve) => socket.write(head('Content-Length: 100\r\n') + '{"a":', resolve));
        socket.destroy();
      }),
    );
    const statuses = (): number[] =>
      running.said.flatMap(({ name, detail }) =>
        name === 'requestAnswered' ? [(detail as { status: number }).status] : [],
      );
    // What a sender wrote arrives before its end does, however late the server comes to read it.
    for (const deadline = Date.now() + 10_000; statuses().length < 50 && Date.now() < deadline;) await delay(20);
    assert.deepEqual(statuses(), Array(50).fill(499));
    await running.gateway.drain();
    assert.deepEqual(await running.entries(), []);
  });
});

describe('drain', () => {
  test('answers what is under way, refuses what comes', async () => {
    await using running = await RunningGateway.start();
    const late = httpRequest(`${running.url}/postback/v3/event/db/tbl`, {
      method: 'POST',
      headers: { 'X-TD-Write-Key': WRITE_KEY, 'Content-Length': 2 },
    });
    const answered = new Promise<number | undefined>((resolve) =>
      late.on('response', (response) => resolve(response.resume().statusCode)),
    );
    const begun = once(running.server, 'request');
    late.write('{');
    await begun;
    const drained = running.gateway.drain();
    const refused = await running.postEvent('db/tbl', '{}');
    assert.deepEqual([refused.status, refused.headers.get('connection')], [503, 'close']);
    late.end('}');
    assert.equal(await answered, 200);
    await drained;
  });
});
