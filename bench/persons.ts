/**
 * Persons in requests of a thousand, half new and half updates: accepted durably beside a server that parses the same
 * bodies and drops them; visible in SQL beside DuckDB's own MERGE of the same data.
 */
import { mergeObjectsPerSecond } from './support/merge-baseline.ts';
import { startBareServer } from './support/bare-process.ts';
import { startInlet } from './support/inlet-process.ts';
import type { InletProcess } from './support/inlet-process.ts';
import { residentBytes, watchMemory } from './support/memory.ts';
import { sendPersons } from './support/persons-process.ts';
import type { Sent } from './support/persons-process.ts';
import { printFigure } from './support/report.ts';

const LIMITS = ['--daily-objects', '1000000000', '--requests-per-second', '1000000'];
const MEGABYTE = 1024 * 1024;

export interface PersonsBench {
  /** Persons that are there before the measured run. */
  readonly existing: number;
  /** Objects of the measured run. */
  readonly objects: number;
}

export async function benchPersons({ existing, objects }: PersonsBench): Promise<void> {
  const label = `${(existing / 1e6).toFixed(0)} million persons`;
  await using inlet = await startInlet(LIMITS);
  const idleBytes = residentBytes(inlet.pid);
  const memory = watchMemory(inlet.pid);
  await fill(inlet, existing);
  const run = await measuredRun(inlet, { existing, objects });
  const greatestBytes = memory.stop();

  const parsed = await parsedPerSecond({ existing, objects });
  printFigure({
    what: `${label}: accepted durably, beside parsed and dropped`,
    measured: run.acceptedPerSecond,
    ceiling: parsed,
    unit: 'objects/s',
    target: { atLeast: 0.5 },
  });
  const merged = await mergeObjectsPerSecond({ existing, objects });
  printFigure({
    what: `${label}: visible in SQL, beside DuckDB's MERGE in batches of 50,000`,
    measured: run.visiblePerSecond,
    ceiling: merged,
    unit: 'objects/s',
    target: { atLeast: 0.5 },
  });
  printFigure({ what: 'both processes, idle', measured: idleBytes / MEGABYTE, unit: 'MB', target: { atMost: 250 } });
  printFigure({
    what: `${label}: both processes, greatest`,
    measured: greatestBytes / MEGABYTE,
    unit: 'MB',
    target: { atMost: 1200 },
  });
}

async function fill(inlet: InletProcess, existing: number): Promise<void> {
  const { begunAt, lastRequestId } = await sendPersons(await loadOf(inlet), { first: 0, count: existing, existing: 0 });
  await inlet.sql('select 1', lastRequestId);
  const [[rows] = []] = await inlet.sql('select count(*) from persons');
  if (Number(rows) !== existing) throw new Error(`${String(rows)} persons instead of ${existing}`);
  const perSecond = existing / secondsSince(begunAt);
  printFigure({ what: `${existing} new persons, accepted and visible`, measured: perSecond, unit: 'objects/s' });
}

interface Run {
  readonly acceptedPerSecond: number;
  readonly visiblePerSecond: number;
}

async function measuredRun(inlet: InletProcess, { existing, objects }: PersonsBench): Promise<Run> {
  const sent = await sendPersons(await loadOf(inlet), { first: 0, count: objects, existing });
  await inlet.sql('select 1', sent.lastRequestId);
  const visibleSeconds = secondsSince(sent.begunAt);
  const [[rows] = []] = await inlet.sql('select count(*) from persons');
  if (Number(rows) !== existing + objects / 2) throw new Error(`${String(rows)} persons after the measured run`);
  return { acceptedPerSecond: objects / sent.seconds, visiblePerSecond: objects / visibleSeconds };
}

async function parsedPerSecond({ existing, objects }: PersonsBench): Promise<number> {
  await using bare = await startBareServer(202, '');
  const headers = { 'content-type': 'application/json' };
  const sent: Sent = await sendPersons({ url: bare.url, headers }, { first: 0, count: objects, existing });
  return objects / sent.seconds;
}

function secondsSince(begunAt: number): number {
  return (performance.timeOrigin + performance.now() - begunAt) / 1000;
}

async function loadOf(inlet: InletProcess): Promise<{ url: string; headers: Record<string, string> }> {
  const { url, munchkinId } = inlet.credentials;
  const headers = { 'content-type': 'application/json', 'x-mkto-user-token': await inlet.accessToken() };
  return { url: `${url}/subscriptions/${munchkinId}/persons`, headers };
}
