import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { W, exchange, runWords, startFakeServer } from './testing.ts';
import type { FakeAnswer } from './testing.ts';

const SQL_ANSWER = {
  columns: [
    { name: 'email', type: 'text' },
    { name: 'score', type: 'integer' },
  ],
  rows: [
    ['ada@example.com', 7],
    [null, 12],
  ],
  elapsedMs: 3.2,
};

describe('inlet sql', () => {
  it('prints a table, with a summary apart from it', async () => {
    const run = await exchange(['sql', 'select 1'], { [`POST ${W}/sql`]: { body: SQL_ANSWER } });
    assert.equal(
      run.stdout,
      'email            score\n───────────────  ─────\nada@example.com      7\nNULL                12\n',
    );
    assert.deepEqual([run.stderr, run.exitCode], ['2 rows in 3 ms\n', 0]);
    assert.deepEqual(JSON.parse(run.seen[0]?.body ?? ''), { query: 'select 1' });
    assert.equal(run.seen[0]?.headers['authorization'], 'Bearer T');
  });

  it('prints the whole answer as JSON, and nothing else', async () => {
    const run = await exchange(['sql', 'select 1', '--json'], { [`POST ${W}/sql`]: { body: SQL_ANSWER } });
    assert.deepEqual(JSON.parse(run.stdout), SQL_ANSWER);
    assert.equal(run.stderr, '');
  });

  it('reads the query from standard input and passes on parameters exactly (law 10)', async () => {
    const words = ['sql', '--param', '12345678901234567890', '--param', 'text', '--after', 'ID', '--timeout', '2s'];
    const run = await exchange(words, { [`POST ${W}/sql`]: { body: SQL_ANSWER } }, { stdin: 'select $1, $2' });
    assert.equal(
      run.seen[0]?.body,
      '{"query":"select $1, $2","after":"ID","params":[12345678901234567890,"text"],"timeoutMs":2000}',
    );
  });

  it('says so when rows were cut', async () => {
    const run = await exchange(['sql', 'x'], { [`POST ${W}/sql`]: { body: { ...SQL_ANSWER, truncated: true } } });
    assert.match(run.stderr, /^2 rows in 3 ms; the answer was cut there/u);
  });
});

describe('lists', () => {
  const page = (ids: readonly string[], next?: string): FakeAnswer => ({
    body: { items: ids.map((clientId) => ({ clientId, name: 'n', permissions: ['A', 'B'] })), ...(next && { next }) },
  });

  it('follow the pages of the server', async () => {
    const answers = {
      [`GET ${W}/clients?limit=100`]: page(['one'], `${W}/clients?after=one`),
      [`GET ${W}/clients?after=one`]: page(['two']),
    };
    const run = await exchange(['clients', '--json'], answers);
    assert.deepEqual(
      (JSON.parse(run.stdout) as { clientId: string }[]).map(({ clientId }) => clientId),
      ['one', 'two'],
    );
  });

  it('stop at the limit and say that there are more', async () => {
    const run = await exchange(['clients', 'list', '--limit', '1'], {
      [`GET ${W}/clients?limit=1`]: page(['one'], `${W}/clients?after=one`),
    });
    assert.match(run.stdout, /^one {7}n {5}A, B/mu);
    assert.equal(run.stderr, 'There are more; raise --limit to see them.\n');
    assert.equal(run.seen.length, 1);
  });

  it('send their filters, and keep numbers as they are (law 10)', async () => {
    const path = `GET ${W}/quarantine?limit=100&code=1003&requestId=R`;
    await using server = await startFakeServer({ [path]: { body: { items: [{ requestId: 'R', code: '1003' }] } } });
    const flags = ['--url', server.url, '--token', 'T', '--workspace', '123-ABC-456'];
    const run = await runWords(['quarantine', '--code', '1003', '--request-id', 'R', ...flags]);
    assert.match(run.stdout, /^R .* 1003/mu);
  });

  it('show requests with their counts', async () => {
    const item = { requestId: 'R', type: 'persons', state: 'done', objects: { received: 3, failed: 1, pending: 0 } };
    const run = await exchange(['requests', '--state', 'done'], {
      [`GET ${W}/requests?limit=100&state=done`]: { body: { items: [item] } },
    });
    assert.match(run.stdout, /^R {10}persons {2}done {10}3 {7}1 {8}0$/mu);
  });
});

describe('single things', () => {
  it('shows a request with its failures', async () => {
    const body = {
      requestId: 'R',
      state: 'done',
      objects: { received: 2, created: 1, failed: 1 },
      warnings: [],
      failures: [{ index: 1, code: '1003', message: 'Invalid value', key: { email: 'a@b.c' } }],
    };
    const run = await exchange(['requests', 'show', 'R'], { [`GET ${W}/requests/R`]: { body } });
    assert.match(run.stdout, /^objects {4}received 2, created 1, failed 1$/mu);
    assert.match(run.stdout, /^ {4}1 {2}1003 {2}Invalid value {2}\{"email":"a@b\.c"\}$/mu);
  });

  it('shows what of a request waits, and until when', async () => {
    const retry = {
      index: 4,
      reason: 'no-person',
      code: '1004',
      message: 'Lead not found',
      key: { vin: '1' },
      attempts: 2,
    };
    const body = {
      requestId: 'R',
      state: 'retrying',
      objects: { received: 1, pending: 1 },
      warnings: [],
      failures: [],
      retries: [
        { ...retry, nextAttemptAt: '2026-11-23T10:00:00.000Z' },
        { ...retry, index: 5, reason: 'behind' },
      ],
    };
    const run = await exchange(['requests', 'show', 'R'], { [`GET ${W}/requests/R`]: { body } });
    assert.match(run.stdout, /^ {4}4 {2}no-person {2}1004 {2}Lead not found .* 2 {2}2026-11-23T10:00:00\.000Z$/mu);
    assert.match(run.stdout, /^ {4}5 {2}behind .* 2$/mu);
  });

  const ends: readonly [object, RegExp][] = [
    [{ ended: 2 }, /^The waits of 2 objects were ended\.$/mu],
    [{ ended: 1 }, /^The wait of 1 object was ended\.$/mu],
    [{ ended: 0 }, /^Nothing of it waited\.$/mu],
    [{}, /^The command is in the log/mu],
  ];
  for (const [ended, note] of ends) {
    it(`ends waits and says what came of it: ${JSON.stringify(ended)}`, async () => {
      const body = { requestId: 'R', state: 'done', objects: { received: 2, failed: 2 }, warnings: [], failures: [] };
      const run = await exchange(['requests', 'cancel-waiting', 'R'], {
        [`POST ${W}/requests/R/cancel-waiting`]: { body: { ...body, ...ended } },
      });
      assert.match(run.stdout, /^objects {4}received 2, failed 2$/mu);
      assert.match(run.stderr, note);
      assert.equal(run.exitCode, 0);
    });
  }

  const made: readonly [string[], string, unknown][] = [
    [
      ['clients', 'create', 'crm'],
      `POST ${W}/clients`,
      { name: 'crm', permissions: ['Read-Write Lead', 'Read-Write Custom Object'] },
    ],
    [
      ['clients', 'create', 'crm', '--permission', 'Read-Write Lead'],
      `POST ${W}/clients`,
      { name: 'crm', permissions: ['Read-Write Lead'] },
    ],
    [
      ['keys', 'create', '--name', 'hooks', '--database', 'a', '--database', 'b', '--access', 'full'],
      `POST ${W}/write-keys`,
      { name: 'hooks', access: 'full', databases: ['a', 'b'] },
    ],
    [['keys', 'create'], `POST ${W}/write-keys`, {}],
    [
      ['fields', 'put', 'shoeSize', '--type', 'integer', '--display-name', 'Shoe size'],
      `PUT ${W}/person-fields/shoeSize`,
      { dataType: 'integer', displayName: 'Shoe size' },
    ],
    [
      [
        'objects',
        'put',
        'cars',
        '--field',
        'vin:string:36',
        '--field',
        'email:email',
        '--dedupe',
        'vin',
        '--link',
        'email:email',
      ],
      `PUT ${W}/custom-objects/cars`,
      {
        fields: [
          { name: 'vin', dataType: 'string', length: 36 },
          { name: 'email', dataType: 'email' },
        ],
        dedupeFields: ['vin'],
        link: { field: 'email', personField: 'email' },
      },
    ],
  ];
  for (const [words, route, body] of made) {
    it(`sends what "${words.join(' ')}" says`, async () => {
      const run = await exchange(words, { [route]: { status: 201, body: { made: 'SHOWN', fields: [] } } });
      assert.equal(run.exitCode, 0, run.stderr);
      assert.deepEqual(JSON.parse(run.seen[0]?.body ?? ''), body);
      assert.match(run.stdout, /SHOWN/u);
    });
  }

  it('deletes', async () => {
    const run = await exchange(['clients', 'delete', 'a/b'], { [`DELETE ${W}/clients/a%2Fb`]: { status: 204 } });
    assert.deepEqual([run.stdout, run.exitCode], ['Deleted client a/b.\n', 0]);
  });
});
