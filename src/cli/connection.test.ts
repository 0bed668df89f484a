import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { writeCredentials, writeServerFile } from './data-directory-files.ts';
import { makeTestDirectory, runWords, startFakeServer } from './testing.ts';
import type { FakeAnswer } from './testing.ts';

const W = '/v1/workspaces/123-ABC-456';

describe('finding the server', () => {
  const credentials = {
    url: '',
    munchkinId: '123-ABC-456',
    clientId: 'c',
    clientSecret: 's',
    writeKey: 'k',
    adminToken: 'OWN',
  };
  const list = { body: { items: [] } };

  it('asks the data directory', async () => {
    await using directory = await makeTestDirectory();
    await using server = await startFakeServer({ [`GET ${W}/clients?limit=100`]: list });
    await writeServerFile(directory.path, { url: server.url, pid: 1 });
    await writeCredentials(directory.path, { ...credentials, url: server.url });
    const byFlag = await runWords(['clients', '--data', directory.path]);
    const byEnvironment = await runWords(['clients'], { environment: { INLET_DATA: directory.path } });
    assert.deepEqual([byFlag.exitCode, byEnvironment.exitCode], [0, 0]);
    assert.deepEqual(
      server.seen.map(({ headers }) => headers['authorization']),
      ['Bearer OWN', 'Bearer OWN'],
    );
  });

  it('never sends the directory’s token to another server (law 8)', async () => {
    await using directory = await makeTestDirectory();
    await using other = await startFakeServer({});
    await writeServerFile(directory.path, { url: 'http://127.0.0.1:1', pid: 1 });
    await writeCredentials(directory.path, credentials);
    const run = await runWords(['clients', '--data', directory.path, '--url', other.url]);
    assert.equal(run.exitCode, 2);
    assert.match(run.stderr, /names no token for http/u);
    assert.equal(other.seen.length, 0);
  });

  it('takes the only workspace, and asks when there are several', async () => {
    const workspaces = (...ids: string[]): FakeAnswer => ({
      body: { items: ids.map((munchkinId) => ({ munchkinId })) },
    });
    await using one = await startFakeServer({
      'GET /v1/workspaces': workspaces('123-ABC-456'),
      [`GET ${W}/clients?limit=100`]: list,
    });
    const environment = { INLET_URL: `${one.url}/`, INLET_ADMIN_TOKEN: 'T' };
    assert.equal((await runWords(['clients'], { environment })).exitCode, 0);
    await using two = await startFakeServer({ 'GET /v1/workspaces': workspaces('123-ABC-456', '556-RJS-213') });
    const asked = await runWords(['clients', '--url', two.url], { environment });
    assert.equal(asked.exitCode, 2);
    assert.match(asked.stderr, /has the workspaces 123-ABC-456, 556-RJS-213; name one with --workspace/u);
  });
});
