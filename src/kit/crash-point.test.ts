import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { CRASH_POINTS } from './crash-point.ts';

const SCRIPT = `
  import { crashPoint } from '${new URL('crash-point.ts', import.meta.url).href}';
  for (let passage = 1; passage <= 3; passage += 1) {
    crashPoint('gateway.before-append');
    crashPoint('log.after-commit');
    process.stdout.write(String(passage));
  }
`;

function run(armed?: string): { readonly signal: string | null; readonly passed: string } {
  const { INLET_CRASH_POINT: _, ...environment } = process.env;
  const env = armed === undefined ? environment : { ...environment, INLET_CRASH_POINT: armed };
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    env,
    encoding: 'utf8',
  });
  return { signal, passed: stdout };
}

test('a point that is not armed does nothing', () => {
  assert.deepEqual(run(), { signal: null, passed: '123' });
  assert.deepEqual(run('store.before-commit'), { signal: null, passed: '123' });
});

test('an armed point kills at its first passage, or at the one that is counted', () => {
  assert.deepEqual(run('log.after-commit'), { signal: 'SIGKILL', passed: '' });
  assert.deepEqual(run('log.after-commit:3'), { signal: 'SIGKILL', passed: '12' });
});

test('names are told once, by room and instant', () => {
  assert.equal(new Set(CRASH_POINTS).size, CRASH_POINTS.length);
  for (const point of CRASH_POINTS)
    assert.match(point, /^(gateway|log|applier|store|retention)\.(before|after)-[a-z]+$/);
});
