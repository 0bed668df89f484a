import assert from 'node:assert/strict';
import { readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import {
  credentialsPath,
  readCredentials,
  readServerFile,
  writeCredentials,
  writeServerFile,
} from './data-directory-files.ts';
import { makeTestDirectory } from './testing.ts';

const CREDENTIALS = {
  url: 'http://127.0.0.1:8080',
  munchkinId: '123-ABC-456',
  clientId: 'c',
  clientSecret: 's',
  writeKey: '1/k',
  adminToken: 'a',
};

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe('the files of the data directory', () => {
  it('keeps credentials to their owner, whatever the umask and whatever was there (law 8)', async () => {
    await using directory = await makeTestDirectory();
    await writeFile(`${credentialsPath(directory.path)}.${process.pid}.draft`, 'left behind', { mode: 0o644 });
    await writeCredentials(directory.path, CREDENTIALS);
    assert.equal(await modeOf(credentialsPath(directory.path)), 0o600);
    assert.deepEqual(await readCredentials(directory.path), CREDENTIALS);
  });

  it('replaces the server file as a whole and leaves nothing beside it', async () => {
    await using directory = await makeTestDirectory();
    await writeServerFile(directory.path, { url: 'http://127.0.0.1:1', pid: 1 });
    await writeServerFile(directory.path, { url: 'http://127.0.0.1:2', pid: 2 });
    assert.deepEqual(await readServerFile(directory.path), { url: 'http://127.0.0.1:2', pid: 2 });
    assert.deepEqual(await readdir(directory.path), ['server.json']);
  });

  it('tells a missing file from an unreadable one', async () => {
    await using directory = await makeTestDirectory();
    assert.equal(await readCredentials(directory.path), undefined);
    await writeFile(credentialsPath(directory.path), '{"adminToken": "S3CRET');
    await assert.rejects(
      readCredentials(directory.path),
      /^CommandError: .*credentials\.json cannot be read: it is not JSON\.$/u,
    );
    await symlink(directory.path, join(directory.path, 'server.json'));
    await assert.rejects(readServerFile(directory.path), /server\.json cannot be read: EISDIR/u);
  });
});
