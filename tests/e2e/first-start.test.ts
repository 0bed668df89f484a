/** Must show 1: the first start, the three lines that it prints, and where its secrets are (law 8). */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { isInstalled } from '../support/installed.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';

const run = promisify(execFile);

/** The lines that the banner offers for pasting. */
function pastedLines(stdout: string): readonly string[] {
  return stdout.split('\n').filter((line) => /^(?:sleep \d+; )?curl /.test(line));
}

/** What a line prints in this shell; it complains about nothing. */
async function pasted(shell: string, line: string): Promise<string> {
  const { stdout, stderr } = await run(shell, ['-c', line]);
  assert.equal(stderr, '');
  return stdout;
}

const MAX_PASTES = 10;

// The line itself waits for a second, which is enough under normal load; a machine that runs other tests too may need
// a second look, as a person would give it.
async function shownRows(shell: string, line: string): Promise<readonly (readonly unknown[])[]> {
  for (let pastes = 1; ; pastes += 1) {
    const shown = await pasted(shell, line);
    const { rows = [] } = JSON.parse(shown) as { rows?: unknown[][] };
    if (rows.length === 3) return rows;
    assert.ok(pastes < MAX_PASTES, shown);
  }
}

for (const shell of ['bash', 'zsh']) {
  const missing = isInstalled(shell) ? false : `${shell} is not installed`;
  test(
    `Must show 1: the three lines, pasted into ${shell}, store an event and two persons and show both`,
    { skip: missing },
    async () => {
      await using server = await startServer();
      const lines = pastedLines(server.stdout);
      assert.equal(lines.length, 3);
      const [event = '', persons = '', both = ''] = lines;
      assert.equal(await pasted(shell, event), '{}\n');
      assert.equal(await pasted(shell, persons), 'HTTP 202\n');
      const rows = await shownRows(shell, both);
      assert.deepEqual(
        rows.map((row) => row.map(String)).toSorted(([, , left = ''], [, , right = '']) => left.localeCompare(right)),
        [
          ['null', 'null', 'ada@example.com', 'Ada'],
          ['null', 'null', 'alan@example.com', 'Alan'],
          ['value1', '1234', 'null', 'null'],
        ],
      );
      assert.equal(typeof rows.find(([param1]) => param1 === 'value1')?.[1], 'number');
    },
  );
}

suite('what the first start leaves behind', () => {
  let server: InletServer;
  let workspace: Workspace;
  before(async () => {
    server = await startServer();
    workspace = new Workspace(server);
    // A little of everything that handles a secret, well and badly.
    const token = await workspace.token();
    await workspace.store('secrets/events', { key: 'value' });
    await workspace.event(
      `secrets/events?td_write_key=${encodeURIComponent(workspace.credentials.writeKey)}`,
      '{"a":1}',
      {
        'X-TD-Write-Key': undefined,
      },
    );
    await workspace.event('secrets/events', '{', {});
    await workspace.accept('persons', { persons: [{ email: 'a@b.example' }] });
    await workspace.ingest(`persons?access_token=${token}`, { persons: [{ email: 'a@b.example' }] });
    await workspace.administer('GET', '/write-keys');
    await workspace.administer('POST', '/clients', { name: 'another', permissions: ['Read-Write Lead'] });
    await workspace.sql('select count(*) from persons');
    await workspace.sqlAnswer('select nonsense');
  });
  after(() => server[Symbol.asyncDispose]());

  test('the data directory has mode 0700, its secrets 0600', () => {
    assert.equal(mode(server.directory), 0o700);
    assert.equal(mode(join(server.directory, 'credentials.json')), 0o600);
    assert.equal(mode(join(server.directory, 'token.key')), 0o600);
  });

  test('law 8: no secret in what is printed, when that is no terminal', async () => {
    for (const [name, secret] of await secrets()) {
      assert.ok(!server.stdout.includes(secret), `stdout holds the ${name}`);
      assert.ok(!server.stderr.includes(secret), `stderr holds the ${name}`);
    }
  });

  test('law 8: no secret in any file but credentials.json and token.key', async () => {
    const found = await filesWithSecrets();
    assert.deepEqual(found, [
      'credentials.json: admin token',
      'credentials.json: client secret',
      'credentials.json: write key',
      'token.key: signing key',
    ]);
  });

  test('law 8 holds after a stop too, when the logs have been folded into their files', async () => {
    await server.restart();
    assert.deepEqual((await filesWithSecrets()).length, 4);
    assert.equal((await workspace.sql('select count(*) from persons'))[0]?.[0], 1);
  });

  test('a second start shows no secret, and the secrets of the first still work', async () => {
    await workspace.store('secrets/events', { key: 'again' });
    assert.equal(pastedLines(server.stdout).length, 3, 'only the first start offers lines to paste');
  });

  async function secrets(): Promise<readonly (readonly [name: string, secret: string])[]> {
    const { adminToken, clientSecret, writeKey } = server.credentials;
    return [
      ['admin token', adminToken],
      ['client secret', clientSecret],
      ['write key', writeKey],
      ['access token', await workspace.token()],
    ];
  }

  async function filesWithSecrets(): Promise<readonly string[]> {
    const signingKey = readFileSync(join(server.directory, 'token.key'));
    const sought = (await secrets()).map(([name, secret]) => [name, Buffer.from(secret)] as const);
    const files = readdirSync(server.directory, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    assert.ok(files.length > 5, 'the directory holds the files of every engine');
    return files
      .flatMap(({ parentPath, name }) => {
        const bytes = readFileSync(join(parentPath, name));
        return [...sought, ['signing key', signingKey] as const]
          .filter(([, secret]) => bytes.includes(secret))
          .map(([secretName]) => `${name}: ${secretName}`);
      })
      .toSorted();
  }
});

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}
