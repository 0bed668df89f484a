import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CRASH_POINTS } from '#kit/crash-point.ts';
import type { CrashPoint } from '#kit/crash-point.ts';
import { SeededRandom } from '../support/crash/seeded-random.ts';
import { CrashRun } from './crash-run.ts';

const SEED = 20_261_123;
const random = new SeededRandom(SEED);
let run: CrashRun;

before(async () => {
  run = await CrashRun.begin(SEED);
});
after(() => run[Symbol.asyncDispose]());

// Requests pass the points of the gateway, groups those of the log, batches those of applier and store.
function passageOf(point: CrashPoint): number {
  if (point.startsWith('gateway')) return random.integer(30, 90);
  return point.startsWith('log') ? random.integer(10, 40) : random.integer(2, 5);
}

// Retention runs beside the load, and has a suite of its own.
for (const point of CRASH_POINTS.filter((name) => !name.startsWith('retention'))) {
  test(`laws 1 to 4: killed at ${point} under load, nothing acknowledged is lost and nothing is doubled`, async () => {
    const { faults, sent, acknowledged } = await run.round({ point, passage: passageOf(point) });
    assert.deepEqual(faults, []);
    assert.ok(acknowledged > 0 && sent > acknowledged, 'the load ran, and bad requests were among it');
  });
}
