/**
 * What the gateway costs: single events per second against a bare `node:http` server that parses and drops them.
 * Owns: both servers and the load, in rounds that alternate so that a noisy machine harms both alike.
 * Never: measures a disk; the log accepts at once.
 */
import { hash } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { createMemoryControl } from '#engines/memory/control.ts';
import { createGateway } from '#gateway/gateway.ts';
import { newRequestId } from '#gateway/request-id.ts';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { MunchkinId, Position } from '#model/words.ts';
import type { IntakeWriter } from '#ports/intake-log.ts';

const CONNECTIONS = 64;
const ROUNDS = 6;
const ROUND_SECONDS = 1;
const WRITE_KEY = '1/bench';
const WORKSPACE = '123-ABC-456' as MunchkinId;
const EVENT = JSON.stringify({ param1: 'value1', param2: 1234, page: '/products/42', user: 'u-1029384756', ok: true });

const { values } = parseArgs({ options: { connections: { type: 'string', default: String(CONNECTIONS) } } });
const connections = Number(values.connections);

const bare = await listen(bareServer());
const gateway = await listen(await gatewayServer());
const rounds = { bare: [] as Round[], gateway: [] as Round[] };
for (let round = 0; round < ROUNDS; round += 1) {
  rounds.bare.push(await measure(bare));
  rounds.gateway.push(await measure(gateway));
}
// The best round of each: whatever else the machine does can only make a round worse.
const [bareBest, gatewayBest] = [best(rounds.bare), best(rounds.gateway)];
console.log(
  JSON.stringify({
    connections,
    requestsPerSecond: {
      bare: bareBest.perSecond,
      gateway: gatewayBest.perSecond,
      ratio: ratio(gatewayBest.perSecond, bareBest.perSecond),
    },
    // Of the server's thread alone; on a machine that others use too, this is the figure to trust.
    cpuMicrosecondsPerRequest: {
      bare: bareBest.cpuMicroseconds,
      gateway: gatewayBest.cpuMicroseconds,
      ratio: ratio(bareBest.cpuMicroseconds, gatewayBest.cpuMicroseconds),
    },
  }),
);
bare.close();
gateway.close();

function bareServer(): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString());
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 2 }).end('{}');
    });
  };
}

async function gatewayServer(): Promise<RequestListener> {
  const control = createMemoryControl();
  await control.createWorkspace(WORKSPACE, 0);
  await control.addWriteKey({
    id: 'bench',
    workspace: WORKSPACE,
    name: 'bench',
    access: 'write-only',
    keyHash: hash('sha256', WRITE_KEY),
    createdAt: 0,
  });
  const nothing = (): void => {};
  const { handle } = bound(
    createGateway({
      control,
      change: oneAtATime(),
      writer: acceptingWriter(),
      applying: { wake: nothing },
      clock: { now: () => Date.now(), monotonic: () => performance.now(), sleep: async () => {} },
      events: {
        requestAnswered: nothing,
        entryAccepted: nothing,
        requestRefused: nothing,
        recordsRefused: nothing,
        postbackRejected: nothing,
        internalFault: console.error,
        logFailed: console.error,
      },
      newRequestId,
      backlogBytes: () => 0,
      databaseExists: async () => true,
      options: {
        maxRequestBytes: 1_048_576,
        maxObjects: 1000,
        requestsPerSecond: 5000,
        dailyObjects: 10_000_000,
        quotaTimeZone: 'UTC',
        tokenLifetimeSeconds: 3600,
        createPartitions: true,
        unknownFields: 'reject',
        postbackAuth: 'strict',
        createDatabases: true,
        maxBacklogBytes: Infinity,
        maxBodyMemoryBytes: 268_435_456,
        trustProxy: false,
      },
    }),
  );
  return handle;
}

function bound(gatewayUnderTest: ReturnType<typeof createGateway>): { readonly handle: RequestListener } {
  return { handle: (request, response) => void gatewayUnderTest.handle(request, response) };
}

// Keeps nothing, so that the figure is the gateway's and not a log's.
function acceptingWriter(): IntakeWriter {
  let position = 0;
  return {
    durability: 'memory',
    append: async () => (position += 1) as Position,
    objectsOfDay: async () => 0,
    totals: async () => [],
    truncate: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

interface Round {
  readonly perSecond: number;
  /** Of the server's thread, per request. */
  readonly cpuMicroseconds: number;
}

async function measure(server: Server): Promise<Round> {
  const { port } = server.address() as AddressInfo;
  const before = process.threadCpuUsage();
  const result = await autocannon({
    url: `http://127.0.0.1:${port}/postback/v3/event/test_db/test_tbl`,
    method: 'POST',
    connections,
    duration: ROUND_SECONDS,
    workers: 1,
    headers: { 'content-type': 'application/json', 'x-td-write-key': WRITE_KEY },
    body: EVENT,
  });
  const { user, system } = process.threadCpuUsage(before);
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} errors`);
  const answered = result['2xx'];
  return {
    perSecond: Math.round(answered / result.duration),
    cpuMicroseconds: Math.round(((user + system) / answered) * 10) / 10,
  };
}

function best(all: readonly Round[]): Round {
  return {
    perSecond: Math.max(...all.map(({ perSecond }) => perSecond)),
    cpuMicroseconds: Math.min(...all.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  };
}

function ratio(part: number, whole: number): number {
  return Math.round((part / whole) * 1000) / 1000;
}
