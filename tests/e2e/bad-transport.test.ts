/** Bad input that must not hurt: sizes, codings, truncated bodies, slow senders, paths. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { assertHealthy, assertTells, Bystander } from '../support/server/bystander.ts';
import type { Answer } from '../support/server/http.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { RawConnection } from '../support/server/raw-socket.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';

const MAX_EVENT_BYTES = 1_048_064;
const MAX_REQUEST_BYTES = 1_048_576;
/** Headers must have come within 20 seconds; connections are looked at every other second. */
const SLOW_HEAD_LIMIT_MS = 30_000;

suite('bad input on the wire', () => {
  let server: InletServer;
  let workspace: Workspace;
  let bystander: Bystander;
  let slowHead: RawConnection;

  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
    bystander = await Bystander.enter(workspace);
    // Its time runs while the other tests do.
    slowHead = new RawConnection(server.url);
    await slowHead.write('POST /postback/v3/event/slow/head HTTP/1.1\r\nHost: inlet\r\n');
  });
  after(async () => {
    slowHead[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const key = (): string => `X-TD-Write-Key: ${server.credentials.writeKey}`;

  function refused(answer: Answer, status: number): void {
    assertTells(answer);
    assert.equal(answer.status, status, answer.text);
    requestIdOf(answer);
  }

  /** An event, and a request of persons, of exactly so many bytes. */
  const eventOf = (bytes: number): string => `{"a":"${'x'.repeat(bytes - 8)}"}`;
  const personsOf = (bytes: number): string => `{"persons":[{"email":"a@b.example"}]}`.padEnd(bytes);

  suite('bodies at and over the limit', () => {
    test('at the limit: taken, plain and inflated', async () => {
      assert.equal((await workspace.event('sizes/events', eventOf(MAX_EVENT_BYTES))).status, 200);
      const coded = { 'Content-Encoding': 'gzip' };
      assert.equal((await workspace.event('sizes/events', gzipSync(eventOf(MAX_EVENT_BYTES)), coded)).status, 200);
      assert.equal((await workspace.ingest('persons', personsOf(MAX_REQUEST_BYTES))).status, 202);
      const last = await workspace.store('sizes/events', '{"a":""}');
      const lengths = await workspace.sql('select length(a) from sizes.events order by 1', { after: last });
      assert.deepEqual(lengths, [[0], [MAX_EVENT_BYTES - 8], [MAX_EVENT_BYTES - 8]]);
    });

    test('one byte more, with a length', async () => {
      refused(await workspace.event('sizes/over', eventOf(MAX_EVENT_BYTES + 1)), 413);
      refused(await workspace.ingest('persons', personsOf(MAX_REQUEST_BYTES + 1)), 400);
    });

    test('one byte more, chunked', async () => {
      const body = eventOf(MAX_EVENT_BYTES + 1);
      const pieces = [body.slice(0, 500_000), body.slice(500_000)];
      refused(await workspace.event('sizes/over', pieces), 413);
    });

    test('one byte more once inflated', async () => {
      const gzip = { 'Content-Encoding': 'gzip' };
      refused(await workspace.event('sizes/over', gzipSync(eventOf(MAX_EVENT_BYTES + 1)), gzip), 413);
      refused(await workspace.ingest('persons', gzipSync(personsOf(MAX_REQUEST_BYTES + 1)), gzip), 400);
    });

    test('a bomb: 200 MB in 200 KB', async () => {
      const bomb = deflateSync(Buffer.alloc(200_000_000, ' '), { level: 9 });
      refused(await workspace.event('sizes/over', bomb, { 'Content-Encoding': 'deflate' }), 413);
      refused(await workspace.ingest('persons', bomb, { 'Content-Encoding': 'deflate' }), 400);
    });

    test('an endless chunked body is answered before its end', async () => {
      using connection = new RawConnection(server.url);
      await connection.postHead('/postback/v3/event/sizes/over', key(), 'Transfer-Encoding: chunked');
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
      for (let sent = 0; sent < 40; sent += 1) await connection.write(chunk);
      assert.equal(await connection.status(), 413);
    });

    test('headers over their limit: 431', async () => {
      using connection = new RawConnection(server.url);
      await connection.postHead('/postback/v3/event/a/b', `X-Long: ${'x'.repeat(40_000)}`);
      assert.equal(await connection.status(), 431);
    });

    test('broken and unknown codings: 400', async () => {
      const whole = gzipSync('{"a":1}');
      refused(await workspace.event('sizes/over', whole.subarray(0, -4), { 'Content-Encoding': 'gzip' }), 400);
      refused(
        await workspace.event('sizes/over', Buffer.concat([whole.subarray(0, 12), Buffer.from('xx')]), {
          'Content-Encoding': 'gzip',
        }),
        400,
      );
      refused(await workspace.event('sizes/over', '{"a":1}', { 'Content-Encoding': 'br' }), 400);
      refused(await workspace.event('sizes/over', '{"a":1}', { 'Content-Encoding': 'compress' }), 400);
    });

    test('none of the refused was stored', async () => {
      assert.equal((await workspace.admin('GET', '/databases/sizes/tables/over')).status, 404);
    });
  });

  suite('truncated bodies', () => {
    for (const [name, headers, body] of [
      ['shorter than its length', ['Content-Length: 100'], '{"a":1}'],
      ['chunked without its end', ['Transfer-Encoding: chunked'], '7\r\n{"a":1}\r\n'],
    ] as const) {
      test(`${name}, the sender closing: 400 or nothing, and nothing stored`, async () => {
        using connection = new RawConnection(server.url);
        await connection.postHead('/postback/v3/event/truncated/events', key(), ...headers);
        await connection.write(body);
        connection.end();
        const received = await connection.closed(10_000);
        assert.ok(received !== undefined, 'the server ends the connection');
        assert.match(received, /^(?:HTTP\/1\.1 400 |$)/);
      });
    }

    test('the connection reset in the middle', async () => {
      for (let n = 0; n < 20; n += 1) {
        using connection = new RawConnection(server.url);
        await connection.postHead('/postback/v3/event/truncated/events', key(), 'Content-Length: 100');
        await connection.write('{"a":1}');
      }
      const id = await workspace.store('truncated/marker', {});
      await workspace.decided(id);
      assert.equal((await workspace.admin('GET', '/databases/truncated/tables/events')).status, 404);
    });
  });

  suite('slow senders', () => {
    test('200 connections that stall hold nobody up; one that goes on is taken', async () => {
      const stalled: RawConnection[] = [];
      try {
        for (let n = 0; n < 200; n += 1) {
          const connection = new RawConnection(server.url);
          stalled.push(connection);
          await connection.postHead('/postback/v3/event/slow/events', key(), 'Content-Length: 7');
          await connection.write('{"a"');
        }
        const others = await Promise.all(
          Array.from({ length: 50 }, (_, n) => workspace.event('slow/others', `{"n":${n}}`)),
        );
        assert.ok(others.every(({ status }) => status === 200));
        const [first] = stalled;
        await first?.write(':1}');
        assert.equal(await first?.status(), 200);
      } finally {
        for (const connection of stalled) connection[Symbol.dispose]();
      }
      await workspace.decided(await workspace.store('slow/marker', {}));
      assert.deepEqual(await workspace.events('slow/events'), ['{"a":1}']);
    });

    test('headers that never end: 408, and the connection is closed', { timeout: 2 * SLOW_HEAD_LIMIT_MS }, async () => {
      const received = await slowHead.closed(SLOW_HEAD_LIMIT_MS);
      assert.match(String(received), /^HTTP\/1\.1 408 /);
      assert.match(String(received), /X-Request-Id: /);
    });
  });

  suite('what is no good HTTP', () => {
    for (const [name, bytes] of [
      ['no HTTP', 'hello\r\n\r\n'],
      [
        'two lengths',
        'POST /postback/v3/event/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
      ],
      [
        'a length and chunks',
        'POST /postback/v3/event/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
      ],
      ['a negative length', 'POST /postback/v3/event/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
      [
        'a bad chunk size',
        'POST /postback/v3/event/a/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      ],
    ] as const) {
      test(`${name}: a 4xx, and the connection is closed`, async () => {
        using connection = new RawConnection(server.url);
        await connection.write(bytes);
        assert.match(String(await connection.closed(10_000)), /^HTTP\/1\.1 4\d\d [^]*X-Request-Id: /);
      });
    }

    test('paths with dots, encoded or not, reach nothing', async () => {
      const paths = [
        '/postback/v3/event/%2e%2e/x',
        '/postback/v3/event/a/%2e%2e',
        '/postback/v3/event/../x',
        '/postback/v3/event/a/..%2f..',
        '/postback/v3/event/a/b%00',
        '/postback/v3/event/a/%',
        '/%2e%2e/%2e%2e/etc/passwd',
        '/subscriptions/%2e%2e/persons',
        '/v1/workspaces/%2e%2e/sql',
        '/docs/%2e%2e%2f%2e%2e%2fcredentials.json',
        '/postback/v3/event/a/b;c',
        '//evil',
      ];
      const headers = { 'X-TD-Write-Key': server.credentials.writeKey, 'Content-Type': 'application/json' };
      for (const path of paths) {
        const answer = assertTells(await workspace.send({ path, headers, body: '{}' }));
        assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
        assert.ok(answer.headers['x-request-id'], path);
      }
    });
  });

  test('afterwards the server is healthy, every lane goes on, and the data of others is unchanged', async () => {
    await bystander.assertUnchanged();
    await assertHealthy(workspace);
  });
});
