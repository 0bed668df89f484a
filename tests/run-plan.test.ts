import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRun, SYSTEM_PACKAGES } from './run-plan.ts';

const FILES = ['src/kit/backoff.test.ts', 'src/model/fates.test.ts', 'tests/crash/fsync.test.ts'];

function plan(args: readonly string[], installed: boolean = true): ReturnType<typeof planRun> {
  return planRun({ args, files: FILES, isInstalled: () => installed });
}

test('without filters every file runs', () => {
  assert.deepEqual(plan([]).files, FILES);
});

test('filters are files, folders or beginnings; flags go to node', () => {
  assert.deepEqual(plan(['src/model']).files, ['src/model/fates.test.ts']);
  assert.deepEqual(plan(['./src/kit/backoff.test.ts', 'tests/']).files, [FILES[0], FILES[2]]);
  assert.deepEqual(plan(['--test-name-pattern=law 3']), {
    files: FILES,
    flags: ['--test-name-pattern=law 3'],
    missingPackages: [],
    needsPython: false,
    needsOtlpReceiver: false,
  });
  assert.deepEqual(plan(['src/nowhere']).files, []);
});

test('a package is missing only when a chosen suite needs it', () => {
  assert.deepEqual(plan(['src'], false).missingPackages, []);
  assert.deepEqual(plan(['tests/crash'], true).missingPackages, []);
  assert.deepEqual(
    plan(['tests/crash'], false).missingPackages.map(({ name }) => name),
    ['strace'],
  );
});

test('Python clients are had only for the suites that run them', () => {
  const files = [...FILES, 'tests/clients/python/marketorestpython.test.ts'];
  const needsPython = (...args: string[]): boolean => planRun({ args, files, isInstalled: () => true }).needsPython;
  assert.equal(needsPython('tests/clients'), true);
  assert.equal(needsPython('tests/crash'), false);
});

test('the receiver of traces is had only for the suites that send to it', () => {
  const files = [...FILES, 'tests/clients/otlp/traces.test.ts'];
  const needs = (...args: string[]): boolean => planRun({ args, files, isInstalled: () => true }).needsOtlpReceiver;
  assert.equal(needs('tests/clients'), true);
  assert.equal(needs('tests/crash'), false);
});

test('every package says who needs it', () => {
  for (const { name, suites } of SYSTEM_PACKAGES) assert.ok(suites.length > 0, name);
});
