/**
 * One import of a large `msgpack.gz`, sent in chunks as Treasure Data's own client does: how fast, and what memory both
 * processes take above what they hold when idle.
 */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { importStream } from './support/import-stream.ts';
import type { ImportStream } from './support/import-stream.ts';
import { startInlet } from './support/inlet-process.ts';
import type { InletProcess } from './support/inlet-process.ts';
import { ownResidentBytes, residentBytes, watchMemory } from './support/memory.ts';
import { printFigure } from './support/report.ts';
import { BenchWorkspace } from './support/workspace.ts';

const MEGABYTE = 1024 * 1024;
/** Seldom: each look is a query that takes from what it measures. */
const LOOK_EVERY_MS = 2_000;
const MEASURES = [
  ['both processes', residentBytes],
  ['the gateway', ownResidentBytes],
] as const;

export interface ImportBench {
  /** Of the body as it is sent, compressed. */
  readonly bytes: number;
}

export async function benchImport({ bytes }: ImportBench): Promise<void> {
  await using inlet = await startInlet();
  const { writeKey } = (await BenchWorkspace.first(inlet).administer('POST', '/write-keys', { access: 'full' })) as {
    writeKey: string;
  };
  for (const place of ['database/create/bench', 'table/create/bench/imported/log']) {
    await call(inlet, writeKey, place);
  }
  const idle = MEASURES.map(([, measure]) => measure(inlet.pid));
  const watches = MEASURES.map(([, measure]) => watchMemory(inlet.pid, { measure }));
  const { stream, answeredSeconds, visibleSeconds } = await measuredRun(inlet, writeKey, bytes);
  const greatest = watches.map((watch) => watch.stop());
  printFigure({ what: 'import: size as sent', measured: stream.sentBytes() / MEGABYTE, unit: 'MB' });
  printFigure({ what: 'import: accepted durably', measured: stream.records() / answeredSeconds, unit: 'rows/s' });
  printFigure({ what: 'import: visible in SQL', measured: stream.records() / visibleSeconds, unit: 'rows/s' });
  for (const [at, [who]] of MEASURES.entries()) {
    printFigure({ what: `${who}, idle`, measured: (idle[at] as number) / MEGABYTE, unit: 'MB' });
    printFigure({
      what: `import: ${who}, greatest above idle`,
      measured: ((greatest[at] as number) - (idle[at] as number)) / MEGABYTE,
      unit: 'MB',
      target: { atMost: 300 },
    });
  }
}

interface ImportRun {
  readonly stream: ImportStream;
  readonly answeredSeconds: number;
  readonly visibleSeconds: number;
}

async function measuredRun(inlet: InletProcess, writeKey: string, bytes: number): Promise<ImportRun> {
  const stream = importStream(bytes);
  const begun = performance.now();
  await send(inlet, writeKey, stream);
  const answeredSeconds = (performance.now() - begun) / 1000;
  for (;;) {
    // A single wait for the last entry could outlast the limits of an HTTP client.
    const visible = await visibleRows(inlet);
    if (visible === stream.records()) break;
    if (visible > stream.records()) throw new Error(`${visible} rows instead of ${stream.records()}`);
    await sleep(LOOK_EVERY_MS);
  }
  return { stream, answeredSeconds, visibleSeconds: (performance.now() - begun) / 1000 };
}

/** Resolves with the answer. Without a Content-Length the body goes in chunks. */
async function send({ credentials }: InletProcess, writeKey: string, { body }: ImportStream): Promise<void> {
  const sending = request(`${credentials.url}/v3/table/import/bench/imported/msgpack.gz`, {
    method: 'PUT',
    headers: { authorization: `TD1 ${writeKey}` },
  });
  const answered = new Promise<void>((resolve, reject) => {
    sending.once('error', reject);
    sending.once('response', (answer) => {
      text(answer).then((shown) => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`status ${answer.statusCode} ${shown}`));
      }, reject);
    });
  });
  await Promise.all([pipeline(body, sending), answered]);
}

async function visibleRows(inlet: InletProcess): Promise<number> {
  // The table is there for queries from its first row on.
  const tables = await inlet.sql('show tables');
  if (!tables.flat().includes('bench.imported')) return 0;
  const [[rows] = []] = await inlet.sql('select count(*) from bench.imported');
  return Number(rows);
}

async function call({ credentials }: InletProcess, writeKey: string, place: string): Promise<void> {
  const headers = { authorization: `TD1 ${writeKey}` };
  const answer = await fetch(`${credentials.url}/v3/${place}`, { method: 'POST', headers });
  if (!answer.ok) throw new Error(`${place}: ${answer.status} ${await answer.text()}`);
}
