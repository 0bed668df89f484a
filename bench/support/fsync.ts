/** What the disk itself takes to make a small append durable. */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './report.ts';

const ROUNDS = 500;

/** Milliseconds, the median of many. */
export function medianFsyncMs(): number {
  const directory = mkdtempSync(join(tmpdir(), 'inlet-fsync-'));
  const file = openSync(join(directory, 'probe'), 'a');
  const block = Buffer.alloc(4096, 1);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = performance.now();
    writeSync(file, block);
    fsyncSync(file);
    times.push(performance.now() - begun);
  }
  closeSync(file);
  rmSync(directory, { recursive: true });
  return median(times);
}
