import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { W, exchange, runWords, startFakeServer } from './testing.ts';

describe('failures of client commands', () => {
  it('pass on the words of a refusal, and end with 1', async () => {
    const problem = {
      title: 'Invalid request',
      code: 'invalid-input',
      detail: 'The body is wrong.',
      errors: [{ member: 'name', message: 'must not be empty' }],
    };
    const run = await exchange(['clients', 'create', 'x'], { [`POST ${W}/clients`]: { status: 400, body: problem } });
    assert.equal(run.exitCode, 1);
    assert.equal(run.stderr, 'inlet: The body is wrong. (invalid-input, HTTP 400)\n  name: must not be empty\n');
    assert.equal(run.stdout, '');
  });

  it('say each fault of the input once', async () => {
    const refused = async (errors: readonly object[], detail: string): Promise<string> => {
      const problem = { title: 'Not allowed', code: 'invalid-input', detail, errors };
      return (await exchange(['clients'], { [`GET ${W}/clients?limit=100`]: { status: 400, body: problem } })).stderr;
    };
    const name = { member: 'name', message: 'must not be empty' };
    assert.equal(
      await refused([name], 'name: must not be empty'),
      'inlet: name: must not be empty (invalid-input, HTTP 400)\n',
    );
    assert.equal(
      await refused(
        [name, { member: 'x', message: 'is not known here' }],
        'name: must not be empty; x: is not known here',
      ),
      'inlet: Not allowed (invalid-input, HTTP 400)\n  name: must not be empty\n  x: is not known here\n',
    );
  });

  it('tell another kind of server from Inlet', async () => {
    const run = await exchange(['clients'], { [`GET ${W}/clients?limit=100`]: { body: 'hello' } });
    assert.deepEqual([run.exitCode, /does not answer like an Inlet server/u.test(run.stderr)], [1, true]);
  });

  it('end with 3 when nothing answers, without showing the token (law 8)', async () => {
    const server = await startFakeServer({});
    await server[Symbol.asyncDispose]();
    const run = await runWords(['clients', '--url', server.url, '--token', 'S3CRET', '--workspace', 'w']);
    assert.equal(run.exitCode, 3);
    assert.match(run.stderr, /^inlet: No server answers at http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED/u);
    assert.doesNotMatch(run.stderr, /S3CRET/u);
  });

  const misuses: readonly (readonly string[])[] = [
    [],
    ['clents'],
    ['clients', 'create'],
    ['clients', 'list', 'what'],
    ['clients', '--lmit', '3'],
    ['clients', '--limit', '0'],
    ['fields', 'put', 'x'],
    ['objects', 'put', 'cars', '--field', 'vin', '--dedupe', 'vin'],
    ['objects', 'put', 'cars', '--field', 'vin:string', '--dedupe', 'vin', '--link', 'email'],
    ['sql', 'x', '--timeout', '5'],
    ['history', 'persons'],
    ['history', 'persons', 'email'],
    ['history', 'persons', 'limit=5'],
    ['tail', '--from', 'yesterday'],
    ['webhooks', 'add'],
    ['replay', '--code', '1003', '--all'],
    ['sql', 'x', '--url', 'ftp://host'],
    ['serve', '--port'],
  ];
  for (const words of misuses) {
    it(`end "inlet ${words.join(' ')}" with 2`, async () => {
      const flags =
        words.length === 0 || words[0] === 'serve' || words.includes('--url')
          ? []
          : ['--url', 'http://127.0.0.1:9', '--token', 'T', '--workspace', 'w'];
      const run = await runWords([...words, ...flags]);
      assert.equal(run.exitCode, 2, run.stderr);
      assert.notEqual(run.stderr, '');
    });
  }

  it('end help and version with 0', async () => {
    assert.deepEqual(await runWords(['--version']), { exitCode: 0, stdout: '9.8.7\n', stderr: '' });
    const help = await runWords(['serve', '--help']);
    assert.equal(help.exitCode, 0);
    assert.match(help.stdout, /--max-columns <N>/u);
  });
});
