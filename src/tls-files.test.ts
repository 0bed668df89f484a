import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '#config/config-error.ts';
import { readConfig } from '#config/read-config.ts';
import type { Config } from '#config/options.ts';
import { readTlsFiles } from './tls-files.ts';

async function configOf(flags: Readonly<Record<string, string>>): Promise<Config> {
  const readText = (): Promise<string> => Promise.reject(new Error('no such file'));
  const { config } = await readConfig({
    flags: new Map(Object.entries(flags)),
    operands: [],
    environment: {},
    readText,
  });
  return config;
}

function makeCertificate(key: string, cert: string): void {
  const subject = ['-subj', '/CN=localhost', '-days', '1'];
  const wanted = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', [...wanted, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
}

test('without certificate and key there is nothing to read', async () => {
  assert.equal(readTlsFiles(await configOf({})), undefined);
});

const skip =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl, which makes the certificates, is missing';

test('a pair that belongs together is taken, and whatever else is refused names its option', { skip }, async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'inlet-tls-'));
  const [key, cert, otherKey, otherCert, junk] = ['k', 'c', 'k2', 'c2', 'junk'].map((name) =>
    join(directory.path, name),
  ) as [string, string, string, string, string];
  makeCertificate(key, cert);
  makeCertificate(otherKey, otherCert);
  writeFileSync(junk, 'junk');
  const files = readTlsFiles(await configOf({ 'tls-cert': cert, 'tls-key': key }));
  assert.match(String(files?.cert), /BEGIN CERTIFICATE/);
  const faults = [
    [join(directory.path, 'none'), key, '--tls-cert'],
    [cert, join(directory.path, 'none'), '--tls-key'],
    [junk, key, '--tls-cert'],
    [cert, junk, '--tls-key'],
    [cert, otherKey, '--tls-key'],
  ] as const;
  for (const [certPath, keyPath, flag] of faults) {
    const config = await configOf({ 'tls-cert': certPath, 'tls-key': keyPath });
    assert.throws(
      () => readTlsFiles(config),
      (error) => error instanceof ConfigError && error.problems.every((problem) => problem.startsWith(`${flag}: "`)),
      `${certPath} ${keyPath}`,
    );
  }
});
