import assert from 'node:assert/strict';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { writeCredentials, writeServerFile } from './data-directory-files.ts';
import { checkDirectory } from './directory-checks.ts';
import type { Finding } from './directory-checks.ts';
import { makeTestDirectory, runWords, startFakeServer } from './testing.ts';

const CREDENTIALS = { url: 'u', munchkinId: 'm', clientId: 'c', clientSecret: 's', writeKey: 'k', adminToken: 'a' };

async function finding(directory: string, check: Finding['check']): Promise<Finding | undefined> {
  return (await checkDirectory(directory)).find((found) => found.check === check);
}

describe('inlet doctor', () => {
  it('finds nothing wrong with a healthy directory, and leaves nothing in it', async () => {
    await using directory = await makeTestDirectory();
    await writeCredentials(directory.path, CREDENTIALS);
    await writeFile(join(directory.path, 'version'), '1\n');
    const run = await runWords(['doctor', '--data', directory.path, '--json']);
    assert.equal(run.exitCode, 0);
    const findings = JSON.parse(run.stdout) as Finding[];
    assert.deepEqual(
      findings.map(({ check }) => check),
      ['directory', 'secrets', 'version', 'server', 'space', 'fsync'],
    );
    assert.deepEqual(
      findings.filter(({ state }) => state === 'problem'),
      [],
    );
    assert.deepEqual((await readdir(directory.path)).toSorted(), ['credentials.json', 'version']);
  });

  it('finds a missing directory, and ends with 1', async () => {
    await using directory = await makeTestDirectory();
    const run = await runWords(['doctor', '--data', join(directory.path, 'none')]);
    assert.equal(run.exitCode, 1);
    assert.match(run.stdout, /problem .*none does not exist/u);
  });

  it('finds a directory and secrets that others can read', async () => {
    await using directory = await makeTestDirectory();
    await writeCredentials(directory.path, CREDENTIALS);
    await chmod(directory.path, 0o755);
    await chmod(join(directory.path, 'credentials.json'), 0o644);
    assert.equal((await finding(directory.path, 'directory'))?.state, 'warning');
    assert.match((await finding(directory.path, 'secrets'))?.message ?? '', /run: chmod 600 .*credentials\.json/u);
  });

  it('finds a damaged version', async () => {
    await using directory = await makeTestDirectory();
    await writeFile(join(directory.path, 'version'), '');
    assert.equal((await finding(directory.path, 'version'))?.state, 'problem');
  });

  it('tells a ready server from one that is not, and from one that was killed', async () => {
    await using directory = await makeTestDirectory();
    await using ready = await startFakeServer({ 'GET /readyz': { body: {} } });
    await using unready = await startFakeServer({ 'GET /readyz': { status: 503, body: { reason: 'paused' } } });
    const stateAt = async (url: string, pid: number): Promise<Finding | undefined> => {
      await writeServerFile(directory.path, { url, pid });
      await writeFile(join(directory.path, 'inlet.pid'), `${pid}\n`);
      return finding(directory.path, 'server');
    };
    assert.match((await stateAt(ready.url, process.pid))?.message ?? '', /is ready at/u);
    const notReady = await stateAt(unready.url, process.pid);
    assert.deepEqual(
      [notReady?.state, /is not ready: \{"reason":"paused"\}/u.test(notReady?.message ?? '')],
      ['warning', true],
    );
    assert.match((await stateAt(ready.url, 2 ** 22 + 1))?.message ?? '', /not running/u);
  });
});
