/** Single Postback events, durable before answered, beside a bare server that stores nothing. */
import autocannon from 'autocannon';
import { medianFsyncMs } from './support/fsync.ts';
import { startBareServer } from './support/bare-process.ts';
import { startInlet } from './support/inlet-process.ts';
import type { InletProcess } from './support/inlet-process.ts';
import { oneByOneMs } from './support/one-by-one.ts';
import { median, printFigure } from './support/report.ts';

const BODY = '{"param1":"value1","param2":1234}';
const CONNECTIONS = 64;
const SECONDS = 5;
const PAIRS = 5;
const SEQUENTIAL_REQUESTS = 4_000;

interface Target {
  readonly url: string;
  readonly headers: Record<string, string>;
}

export async function benchEvents(): Promise<void> {
  await using bare = await startBareServer(200, '{}');
  await using inlet = await startInlet();
  const targets = [eventTarget(inlet), { url: bare.url, headers: { 'content-type': 'application/json' } }] as const;
  await printThroughput(...targets);
  await printLatency(...targets);
  await printStored(inlet);
}

async function printThroughput(inlet: Target, bare: Target): Promise<void> {
  await requestsPerSecond(inlet, 2);
  await requestsPerSecond(bare, 2);
  const pairs: [number, number][] = [];
  // In turn, so that a drift of the machine's speed touches both alike.
  for (let pair = 0; pair < PAIRS; pair += 1) {
    pairs.push([await requestsPerSecond(inlet, SECONDS), await requestsPerSecond(bare, SECONDS)]);
  }
  const ratio = median(pairs.map(([ours, ceiling]) => ours / ceiling));
  const ceiling = median(pairs.map(([, each]) => each));
  printFigure({
    what: `single events, ${CONNECTIONS} connections, beside bare node:http + JSON.parse`,
    measured: ratio * ceiling,
    ceiling,
    unit: 'requests/s',
    target: { atLeast: 0.8 },
  });
}

async function printLatency(inlet: Target, bare: Target): Promise<void> {
  const fsyncMs = medianFsyncMs();
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    ours.push(median(await oneByOneMs(inlet, BODY, SEQUENTIAL_REQUESTS)));
    theirs.push(median(await oneByOneMs(bare, BODY, SEQUENTIAL_REQUESTS)));
  }
  printFigure({ what: 'one fsync of a small append, p50', measured: fsyncMs, unit: 'ms' });
  printFigure({
    what: 'single events, 1 connection, p50, beside bare p50 + fsync p50',
    measured: median(ours),
    ceiling: median(theirs) + fsyncMs,
    unit: 'ms',
    target: { atMost: 1.5 },
  });
}

async function requestsPerSecond(target: Target, seconds: number): Promise<number> {
  const result = await autocannon({
    ...target,
    method: 'POST',
    body: BODY,
    connections: CONNECTIONS,
    duration: seconds,
  });
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} errors`);
  return result.requests.total / result.duration;
}

async function printStored(inlet: InletProcess): Promise<void> {
  const { url, munchkinId, adminToken } = inlet.credentials;
  const last = await fetch(eventTarget(inlet).url, { method: 'POST', headers: eventTarget(inlet).headers, body: BODY });
  const [[rows] = []] = await inlet.sql('select count(*) from bench.events', last.headers.get('x-request-id') ?? '');
  const answer = await fetch(`${url}/v1/workspaces/${munchkinId}/requests?limit=1`, {
    headers: { authorization: `Bearer ${adminToken}` },
  });
  if (!answer.ok) throw new Error(`requests: ${answer.status}`);
  printFigure({ what: 'rows of these events in SQL', measured: Number(rows), unit: 'rows' });
}

function eventTarget({ credentials }: InletProcess): Target {
  return {
    url: `${credentials.url}/postback/v3/event/bench/events`,
    headers: { 'content-type': 'application/json', 'x-td-write-key': credentials.writeKey },
  };
}
