/**
 * Measures the embedded intake log beside the disk's bare fsync: appends per second and latency by number of callers.
 * Owns: its figures and a temporary directory. Never: runs longer than about ten seconds.
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEntry } from '#model/entry.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import { openSqliteIntakeWriter } from '#engines/sqlite/intake-log.ts';
import type { IntakeWriter } from '#ports/intake-log.ts';

const CASE_MS = 1_000;
const CALLERS = [1, 8, 64, 512] as const;
const LARGE_BODY_BYTES = 170_000;

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

function figuresOf(latenciesMs: number[], elapsedMs: number): Figures {
  const sorted = latenciesMs.sort((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { perSecond: (sorted.length / elapsedMs) * 1_000, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

function print(name: string, figures: Figures, bareFsyncsPerSecond: number): void {
  const ratio = figures.perSecond / bareFsyncsPerSecond;
  const latency = [figures.p50Ms, figures.p99Ms, figures.maxMs].map((ms) => ms.toFixed(2)).join(' / ');
  console.log(
    `${name.padEnd(28)} ${figures.perSecond.toFixed(0).padStart(8)}/s   ${latency} ms   ${ratio.toFixed(2)} × fsync`,
  );
}

/** Appends of 100 bytes to a file, each followed by fsync: the ceiling of one caller. */
function measureBareFsync(directory: string): Figures {
  const file = openSync(join(directory, 'bare'), 'a');
  const line = Buffer.alloc(100, 'x');
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  while (performance.now() - startMs < CASE_MS) {
    const beforeMs = performance.now();
    writeSync(file, line);
    fsyncSync(file);
    latenciesMs.push(performance.now() - beforeMs);
  }
  closeSync(file);
  return figuresOf(latenciesMs, performance.now() - startMs);
}

let lastId = 0;

function newEntry(body: Uint8Array): NewEntry {
  lastId += 1;
  return {
    workspace: '123-ABC-456' as MunchkinId,
    lane: 'normal',
    requestId: `019aaaaa-0000-7000-8000-${lastId.toString(16).padStart(12, '0')}` as RequestId,
    acceptedAt: Date.now(),
    objects: 1,
    envelope: {
      kind: 'event',
      clientId: 'k-1',
      database: 'test_db',
      table: 'test_tbl',
      format: 'json',
      ip: '127.0.0.1',
    },
    body,
  };
}

/** Each caller appends, waits for its position, and appends again: what connections do to the gateway. */
async function measureCallers(writer: IntakeWriter, callers: number, body: Uint8Array): Promise<Figures> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const caller = async (): Promise<void> => {
    while (performance.now() - startMs < CASE_MS) {
      const beforeMs = performance.now();
      await writer.append(newEntry(body));
      latenciesMs.push(performance.now() - beforeMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return figuresOf(latenciesMs, performance.now() - startMs);
}

const directory = mkdtempSync(join(tmpdir(), 'inlet-bench-intake-'));
try {
  const bare = measureBareFsync(directory);
  console.log('case                          appends   latency p50 / p99 / max');
  print('bare write + fsync', bare, bare.perSecond);
  await using writer = await openSqliteIntakeWriter({ path: join(directory, 'intake.sqlite') });
  for (const callers of CALLERS) {
    const figures = await measureCallers(writer, callers, Buffer.alloc(100, 'x'));
    print(`100 bytes, ${callers} callers`, figures, bare.perSecond);
  }
  const large = await measureCallers(writer, 16, Buffer.alloc(LARGE_BODY_BYTES, 'x'));
  print(`${LARGE_BODY_BYTES} bytes, 16 callers`, large, bare.perSecond);
} finally {
  rmSync(directory, { recursive: true });
}
