/** `inlet tail`: over connections that end, without a gap or a double. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';

import { runWords } from '#cli/testing.ts';
import type { CliRun } from '#cli/testing.ts';

const LIVE = '/v1/workspaces/123-ABC-456/journal/live';

type Connection = (request: IncomingMessage, response: ServerResponse) => void;

interface TailRun extends CliRun {
  /** Path and query of each connection, and its `Last-Event-ID`. */
  readonly connections: readonly (readonly [url: string, lastEventId: string | undefined])[];
}

/** Runs the command against a server that treats each connection in its own way; the last one gets Ctrl-C. */
async function tail(words: readonly string[], connections: readonly Connection[]): Promise<TailRun> {
  const signals = new EventEmitter();
  const seen: (readonly [string, string | undefined])[] = [];
  const server = createServer((request, response) => {
    const serve = connections[seen.length];
    seen.push([request.url ?? '', request.headers['last-event-id'] as string | undefined]);
    if (serve === undefined) signals.emit('SIGINT');
    else serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const flags = ['--url', url, '--token', 'T', '--workspace', '123-ABC-456'];
  try {
    return { ...(await runWords(['tail', ...words, ...flags], { signals })), connections: seen };
  } finally {
    assert.equal(signals.listenerCount('SIGINT'), 0);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Sends frames and lets the connection end, cleanly or in the middle. */
function streaming(frames: string, end: 'clean' | 'broken' = 'clean'): Connection {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (end === 'clean') response.end(`retry: 1\n\n${frames}`);
    else response.write(`retry: 1\n\n${frames}`, () => response.destroy());
  };
}

function refusing(status: number, body: string, type = 'application/problem+json'): Connection {
  return (_, response) => void response.writeHead(status, { 'content-type': type }).end(body);
}

function frame(id: string, event: object | string): string {
  return `id: ${id}\ndata: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`;
}

function status(quota: number): object {
  return {
    type: 'com.adobe.platform.marketo.observability.status',
    time: '2026-11-23T10:00:00.000Z',
    data: { quota, queue: { high: { lagSeconds: 1, requestBacklog: 2, recordBacklog: 3 } } },
  };
}

describe('inlet tail', () => {
  it('goes on where the last connection ended, be it in the middle of an event or without any', async () => {
    const broken = `${frame('p1', status(1))}id: p2\ndata: {"half`;
    const run = await tail(
      ['--type', 'status', '--type', 'results', '--request-id', 'R', '--since', 'oldest'],
      [
        streaming(': alive\nid: p0\n\n'),
        streaming(broken, 'broken'),
        refusing(503, '{"title":"No","code":"streams-full"}'),
        streaming(frame('p2', status(2)) + frame('p3', status(3))),
      ],
    );
    assert.equal(run.exitCode, 0, run.stderr);
    const query = '?type=status&type=results&requestId=R&since=oldest';
    assert.deepEqual(
      run.connections,
      [undefined, 'p0', 'p1', 'p1', 'p3'].map((place) => [LIVE + query, place]),
    );
    const line = (quota: number): string =>
      `2026-11-23T10:00:00.000Z  status   quota ${quota}  high 2 requests, 3 objects behind, 1 s late\n`;
    assert.equal(run.stdout, [1, 2, 3].map(line).join(''));
    assert.match(run.stderr, /^The connection has ended; it is made again, and nothing is left out\.$/mu);
    assert.match(run.stderr, /^Go on from here with: inlet tail --since p3$/mu);
  });

  it('prints one JSON text per line, with the event as it is (law 10)', async () => {
    const event = '{"type":"x.status","data":{"quota":12345678901234567890,"n":1e400}}';
    const run = await tail(['--json'], [streaming(frame('p1', event))]);
    assert.equal(run.stdout, `{"position":"p1","event":${event}}\n`);
    assert.doesNotMatch(run.stderr, /Go on from here/u);
    assert.equal(run.exitCode, 0);
  });

  it('takes a time, or how long ago', async () => {
    const run = await tail(['--from', '2026-11-23T10:00:00Z'], []);
    assert.equal(run.connections[0]?.[0], `${LIVE}?from=2026-11-23T10%3A00%3A00Z`);
    const ago = await tail(['--from', '2h'], []);
    const from = new URL(ago.connections[0]?.[0] ?? '', 'http://x').searchParams.get('from') ?? '';
    const agoMs = Date.now() - Date.parse(from);
    assert.ok(agoMs >= 7_200_000 && agoMs < 7_300_000, from);
  });

  it('ends with 1 when the server refuses, also later', async () => {
    const problem = '{"title":"No","detail":"?type: must be one of results","code":"invalid-input"}';
    const first = await tail(['--type', 'x'], [refusing(400, problem)]);
    assert.deepEqual(
      [first.exitCode, first.stderr],
      [1, 'inlet: ?type: must be one of results (invalid-input, HTTP 400)\n'],
    );
    const later = await tail([], [streaming(frame('p1', status(1))), refusing(401, '{"detail":"Token gone."}')]);
    assert.equal(later.exitCode, 1);
    assert.match(later.stderr, /Token gone\. \(HTTP 401\)/u);
  });

  it('ends with 1 when the journal has forgotten the place, and says where to begin', async () => {
    const gone = await tail(['--since', 'p'], [refusing(410, 'Events at position p have expired.', 'text/plain')]);
    assert.equal(gone.exitCode, 1);
    assert.match(gone.stderr, /Events at position p have expired\. .*--since oldest/u);
    const expired = 'event: expired\ndata: {"message":"Events at position p1 have expired."}\n\n';
    const behind = await tail([], [streaming(frame('p1', status(1)) + expired)]);
    assert.equal(behind.exitCode, 1);
    assert.match(behind.stderr, /Events at position p1 have expired\. .*--since oldest/u);
  });

  it('ends with 3 when no server was ever there', async () => {
    const flags = ['--url', 'http://127.0.0.1:9', '--token', 'T', '--workspace', 'w'];
    assert.equal((await runWords(['tail', ...flags])).exitCode, 3);
  });
});
