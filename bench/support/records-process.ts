/**
 * Runs the sender of records in a process of its own, as a real sender would be. It makes all bodies before it sends the
 * first, as the ceiling's files are made before its clock starts.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { InletProcess } from './inlet-process.ts';
import type { Records } from './records-load.ts';
import { settled } from './settled.ts';

export interface RecordsTarget {
  readonly url: string;
  readonly headers: Record<string, string>;
}

export interface SentRecords {
  /** When the first request went out, in milliseconds since 1970. */
  readonly begunAt: number;
  /** From then to the last answer. */
  readonly seconds: number;
}

export interface RecordsRun {
  /** Until the last answer. */
  readonly acceptedPerSecond: number;
  /** Until SQL sees them all. */
  readonly visiblePerSecond: number;
}

/** Sends records to `bench.{table}`, and waits until they can be seen. */
export async function runRecords(inlet: InletProcess, table: string, records: Records): Promise<RecordsRun> {
  const { url, writeKey } = inlet.credentials;
  const headers = { 'content-type': 'application/vnd.treasuredata.v1+json', authorization: `TD1 ${writeKey}` };
  const { begunAt, seconds } = await sendRecords({ url: `${url}/bench/${table}`, headers }, records);
  await settled(inlet);
  const visibleSeconds = (performance.timeOrigin + performance.now() - begunAt) / 1000;
  return { acceptedPerSecond: records.count / seconds, visiblePerSecond: records.count / visibleSeconds };
}

async function sendRecords(to: RecordsTarget, records: Records): Promise<SentRecords> {
  const child = fork(join(import.meta.dirname, 'records-sender.ts'));
  child.send({ to, records });
  const exited = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the sender ended with ${code}`)));
  const [sent] = (await Promise.race([once(child, 'message'), exited])) as [SentRecords];
  exited.catch(() => undefined);
  child.disconnect();
  return sent;
}
