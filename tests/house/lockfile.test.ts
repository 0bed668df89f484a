import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingPlatformEntries, withEntries } from '../../tools/lockfile.ts';
import type { Lockfile } from '../../tools/lockfile.ts';
import { readFiles } from './repository.ts';

function lockWith(optionalDependencies: Record<string, string>): Lockfile {
  return { packages: { '': {}, 'node_modules/tool': { version: '1.0.0', dev: true, optionalDependencies } } };
}

test('a planted gap is found and gets the platform that its name tells', () => {
  const missing = missingPlatformEntries(lockWith({ '@tool/linux-arm64-musl': '1.0.0', '@tool/darwin-x64': '1.0.0' }));
  assert.deepEqual(missing, {
    'node_modules/@tool/linux-arm64-musl': {
      version: '1.0.0',
      cpu: ['arm64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
    'node_modules/@tool/darwin-x64': { version: '1.0.0', cpu: ['x64'], dev: true, optional: true, os: ['darwin'] },
  });
});

test('a completed lock has no gap', () => {
  const lock = lockWith({ '@tool/win32-x64-msvc': '1.0.0', 'some-range': '^1.0.0' });
  assert.deepEqual(missingPlatformEntries(withEntries(lock, missingPlatformEntries(lock))), {});
});

test('a package without a platform in its name is left to a person', () => {
  assert.throws(() => missingPlatformEntries(lockWith({ fast: '1.0.0' })), /lacks fast@1\.0\.0/);
});

test('npm ci finds an entry for every platform in the lockfile', () => {
  const lock = JSON.parse(readFiles('package-lock.json')[0]?.text ?? '') as Lockfile;
  assert.ok(Object.keys(lock.packages).length > 100, 'the lockfile was read');
  assert.deepEqual(Object.keys(missingPlatformEntries(lock)), [], 'mended by: npm run lock');
});

test('package.json names exact versions', () => {
  const manifest = JSON.parse(readFiles('package.json')[0]?.text ?? '') as Record<string, Record<string, string>>;
  const versions = Object.entries({ ...manifest['dependencies'], ...manifest['devDependencies'] });
  assert.deepEqual(
    versions.filter(([, version]) => !/^(?:npm:[\w@/-]+@)?\d[\w.-]*$/.test(version)),
    [],
  );
});
