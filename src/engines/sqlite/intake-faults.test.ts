import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { LOG_START } from '#model/words.ts';
import type { MunchkinId } from '#model/words.ts';
import { openSqliteIntakeReader } from './intake-reader.ts';

const FIXTURE: string = fileURLToPath(new URL('./intake-appends.fixture.ts', import.meta.url));
const APPENDS = 12;
const EVERYTHING = { entries: 1_000, objects: 1_000, bytes: 1_000_000_000 };

function whyNoStrace(): string | false {
  const probe = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']);
  return probe.status === 0 ? false : 'strace is missing or may not trace here';
}
const skip = whyNoStrace();

interface Run {
  /** What became of each append: a position, `full` or `failed`. */
  readonly outcomes: readonly string[];
  /** Request ids that can be read afterwards. */
  readonly readable: readonly string[];
  readonly requestIds: readonly string[];
  /** System calls on the WAL, as strace tells them. */
  readonly trace: string;
}

/** Runs the fixture under strace with one injected fault in the WAL, then reads the log that it left. */
async function runWithFault(inject: readonly string[], synchronous = 'FULL'): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'inlet-faults-'));
  const path = join(directory, 'intake.sqlite');
  const tracePath = join(directory, 'trace');
  try {
    const calls = [
      '-P',
      `${path}-wal`,
      '-e',
      'trace=fsync,fdatasync,pwrite64',
      ...inject.flatMap((fault) => ['-e', fault]),
    ];
    const command = [process.execPath, FIXTURE, path, String(APPENDS), synchronous];
    const child = spawnSync('strace', ['-f', '-o', tracePath, ...calls, ...command], { encoding: 'utf8' });
    assert.equal(child.status, 0, child.stderr);
    const lines = child.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    await using reader = openSqliteIntakeReader({ path });
    const entries = await reader.read('123-ABC-456' as MunchkinId, 'normal', LOG_START, EVERYTHING);
    return {
      outcomes: lines.map(([, outcome = '']) => outcome),
      requestIds: lines.map(([requestId = '']) => requestId),
      readable: entries.map((entry) => entry.requestId),
      trace: readFileSync(tracePath, 'utf8'),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function acknowledged({ outcomes, requestIds }: Run): readonly string[] {
  return requestIds.filter((_, index) => Number(outcomes[index]) > 0);
}

function countSyncs({ trace }: Run): number {
  return trace.match(/f(?:data)?sync\(/g)?.length ?? 0;
}

test('law 9: after one failed fsync the log takes nothing more, though the disk is well again', { skip }, async () => {
  const run = await runWithFault(['inject=fsync,fdatasync:error=EIO:when=6']);
  const firstFailure = run.outcomes.indexOf('failed');
  assert.ok(firstFailure > 0, `some appends succeed before the fault: ${run.outcomes.join(' ')}`);
  assert.deepEqual(new Set(run.outcomes.slice(firstFailure)), new Set(['failed']));
  assert.deepEqual(run.readable.slice(0, firstFailure), acknowledged(run), 'what was acknowledged is still there');
});

test('law 9: a failed write ends acknowledging as well', { skip }, async () => {
  const run = await runWithFault(['inject=pwrite64:error=EIO:when=30']);
  const firstFailure = run.outcomes.indexOf('failed');
  assert.ok(firstFailure > 0, `some appends succeed before the fault: ${run.outcomes.join(' ')}`);
  assert.deepEqual(new Set(run.outcomes.slice(firstFailure)), new Set(['failed']));
  assert.deepEqual(run.readable.slice(0, firstFailure), acknowledged(run));
});

test(
  'a full disk refuses appends, writes nothing of them, and takes later ones when there is room',
  { skip },
  async () => {
    const run = await runWithFault(['inject=pwrite64:error=ENOSPC:when=30..32']);
    assert.ok(run.outcomes.includes('full'), `the fault strikes: ${run.outcomes.join(' ')}`);
    assert.ok(Number(run.outcomes.at(-1)) > 0, 'the last append succeeds again');
    assert.ok(!run.outcomes.includes('failed'));
    assert.deepEqual(run.readable, acknowledged(run));
  },
);

for (const [point, kept] of [
  ['log.before-commit', 4],
  ['log.after-commit', 5],
] as const) {
  test(`law 3: killed at its fifth ${point}, the log holds ${kept} entries and every one that was acknowledged`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'inlet-crash-'));
    const path = join(directory, 'intake.sqlite');
    try {
      const env = { ...process.env, INLET_CRASH_POINT: `${point}:5` };
      const child = spawnSync(process.execPath, [FIXTURE, path, String(APPENDS)], { encoding: 'utf8', env });
      assert.equal(child.signal, 'SIGKILL');
      assert.equal(child.stdout.trim().split('\n').length, 4);
      await using reader = openSqliteIntakeReader({ path });
      assert.equal((await reader.read('123-ABC-456' as MunchkinId, 'normal', LOG_START, EVERYTHING)).length, kept);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

test('law 1: each append that is awaited has its own fsync, and a log without fsync is caught', { skip }, async () => {
  assert.ok(countSyncs(await runWithFault([])) >= APPENDS);
  assert.ok(countSyncs(await runWithFault([], 'OFF')) < APPENDS, 'the count tells a log that does not sync');
});
