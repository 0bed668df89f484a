/** Bad input that must not hurt: what bodies can hold. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { assertHealthy, assertTells, Bystander } from '../support/server/bystander.ts';
import { assertSameJson } from '../support/exact-json.ts';
import type { Answer } from '../support/server/http.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { Credentials } from '#cli/data-directory-files.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';
import type { ShownRequest } from '../support/server/workspace.ts';

const REPLACED = '\uFFFD';

suite('bad input in bodies', () => {
  let server: InletServer;
  let workspace: Workspace;
  let neighbour: Workspace;
  let bystanders: Bystander[];
  let tables = 0;

  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
    const { text } = await workspace.send({
      path: '/v1/workspaces',
      headers: { Authorization: `Bearer ${server.credentials.adminToken}`, 'Content-Type': 'application/json' },
      body: '{}',
    });
    neighbour = new Workspace(server, JSON.parse(text) as Credentials);
    bystanders = [await Bystander.enter(workspace), await Bystander.enter(neighbour)];
  });
  after(() => server[Symbol.asyncDispose]());

  /** Posts events to a new table and waits until they are stored. */
  async function storeEvents(...events: readonly string[]): Promise<{ table: string; request: ShownRequest }> {
    const table = `bad/input_${(tables += 1)}`;
    let last = '';
    for (const event of events) {
      const answer = assertTells(await workspace.event(table, event));
      assert.equal(answer.status, 200, answer.text);
      last = requestIdOf(answer);
    }
    return { table, request: await workspace.decided(last) };
  }

  async function assertRoundTrip(...events: readonly string[]): Promise<string> {
    const { table } = await storeEvents(...events);
    const read = await workspace.events(table);
    assert.equal(read.length, events.length);
    for (const [at, event] of events.entries()) assertSameJson(read[at] ?? '', event);
    return table.replace('/', '.');
  }

  function refusesEvent(body: string | Uint8Array): Promise<void> {
    return refuses(workspace.event('bad/refused', body), 400);
  }

  async function refuses(answered: Promise<Answer>, status: number): Promise<void> {
    const answer = assertTells(await answered);
    assert.equal(answer.status, status, answer.text);
    assert.ok((JSON.parse(answer.text) as { message: string }).message.length > 10, 'it says what is wrong');
    requestIdOf(answer);
  }

  const persons = (body: string | Uint8Array): Promise<Answer> => workspace.ingest('persons', body);
  const invalidUtf8 = (prefix: string, suffix: string): Buffer =>
    Buffer.concat([Buffer.from(prefix), Buffer.from([0xc3, 0x28]), Buffer.from(suffix)]);

  test('invalid UTF-8: 400', async () => {
    await refusesEvent(invalidUtf8('{"a":"', '"}'));
    await refuses(persons(invalidUtf8('{"persons":[{"email":"', '@b.example"}]}')), 400);
  });

  test('a document that is a scalar: 400', async () => {
    for (const scalar of ['1', '"text"', 'true', 'null', '1e400']) {
      await refusesEvent(scalar);
      await refuses(persons(scalar), 400);
    }
  });

  test('nesting 10,000 deep: 400, in arrays and objects', async () => {
    const arrays = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
    const objects = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    for (const deep of [arrays, objects]) {
      await refusesEvent(`{"a":${deep}}`);
      await refuses(persons(`{"persons":[{"email":${deep}}]}`), 400);
    }
    await refusesEvent('['.repeat(500_000));
  });

  test('nesting within the limit is kept', async () => {
    await assertRoundTrip(`{"a":${'['.repeat(150)}1${']'.repeat(150)}}`);
  });

  test('truncated JSON: 400', async () => {
    const whole = '{"a":{"b":["c",1.5e3,true]}}';
    for (let end = 0; end < whole.length; end += 1) await refusesEvent(whole.slice(0, end));
  });

  test('numbers: 1e400, 20-digit integers, long decimals (law 10)', async () => {
    const numbers = [
      '1e400',
      '-1E+400',
      '1e-400',
      '12345678901234567890',
      '-99999999999999999999',
      '9007199254740993',
      '0.12345678901234567890',
      '123456789012345678901234567890123456789012',
      '1.0',
      '-0',
      '5e-324',
      '1e308',
    ];
    await assertRoundTrip(...numbers.map((number) => `{"n":${number}}`));
    await assertRoundTrip(`{"all":[${numbers.join(',')}],"in":{"side":12345678901234567890}}`);
    const table = await assertRoundTrip('{"n":12345678901234567890}');
    assert.deepEqual(await workspace.sql(`select n from ${table}`), [['12345678901234567890']]);
  });

  test('keys: __proto__, constructor, empty, of other scripts, with quotes and dots', async () => {
    const table = await assertRoundTrip(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"hasOwnProperty":2}',
      '{"__proto__":1,"":"empty"," ":"blank","a.b":1,"a b":2,"a\\"b":3,"日本語":"鍵","A":1,"a":2,"1":3}',
      `{"time":"noon","_extra":{"mine":1},"rowid":7,"_ordinal":8,"${'k'.repeat(300)}":9}`,
      '{"select":1,"; drop table x; --":2,"\\u0027\\u0022":3}',
    );
    assert.deepEqual(await workspace.sql(`select "_", "日本語" from ${table} where "日本語" is not null`), [
      ['empty', '鍵'],
    ]);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  test('a key given twice: the last counts', async () => {
    const table = await assertRoundTrip('{"a":1,"a":2,"b":{"c":1,"c":[1]}}');
    assert.deepEqual(await workspace.sql(`select a from ${table}`), [[2]]);
    const id = requestIdOf(await persons('{"persons":[{"email":"first@twice.example","email":"last@twice.example"}]}'));
    assert.deepEqual(
      await workspace.sql(`select email from persons where email like '%twice.example'`, { after: id }),
      [['last@twice.example']],
    );
  });

  test('lone surrogates and NUL become U+FFFD, and a warning names the key', async () => {
    const { table, request } = await storeEvents(
      '{"ok":"\\ud83c\\udf89","lone":"a\\ud800b","nul":"a\\u0000b","in":{"list":["\\udfff"]},"k\\u0000":1}',
    );
    assert.deepEqual(JSON.parse((await workspace.events(table))[0] ?? ''), {
      ok: '🎉',
      lone: `a${REPLACED}b`,
      nul: `a${REPLACED}b`,
      in: { list: [REPLACED] },
      [`k${REPLACED}`]: 1,
    });
    const warned = request.warnings.map(({ message }) => message).join('\n');
    for (const key of ['lone', 'nul', 'in.list.0', `k${REPLACED}`])
      assert.ok(warned.includes(key), `${key} in: ${warned}`);
    assert.ok(!/\bok\b/.test(warned));

    const id = requestIdOf(
      await persons('{"persons":[{"email":"nul@bad.example","firstName":"a\\u0000b","lastName":"\\ud800"}]}'),
    );
    const rows = await workspace.sql(`select firstName, lastName from persons where email = 'nul@bad.example'`, {
      after: id,
    });
    assert.deepEqual(rows, [[`a${REPLACED}b`, REPLACED]]);
    const { warnings, objects } = await workspace.decided(id);
    assert.equal(objects.created, 1);
    assert.match(warnings.map(({ message }) => message).join('\n'), /firstName[^]*lastName/);
  });

  test('members of a person that are no fields fail alone', async () => {
    const body =
      '{"persons":[{"email":"p@bad.example","__proto__":{"a":1}},{"email":"p@bad.example","constructor":1},{"email":"p@bad.example","":1},{"email":"p@bad.example","leadScore":1e400},{"email":"p@bad.example","leadScore":12345678901234567890},{"email":"p@bad.example","firstName":["x"]},{"email":"p@bad.example","leadScore":7}]}';
    const { objects, failures } = await workspace.decided(requestIdOf(await persons(body)));
    assert.deepEqual([objects.created, objects.failed], [1, 6]);
    assert.deepEqual(
      failures.map(({ code }) => code),
      ['1006', '1006', '1006', '1003', '1003', '1003'],
    );
    await refuses(persons('{"__proto__":{"persons":[{}]}}'), 400);
    await refuses(persons('{"__proto__":1,"persons":[{"email":"p@bad.example"}]}'), 400);
  });

  test('5,000 distinct keys: columns up to the limit, the rest in _extra, everything read back', async () => {
    const keys = Array.from({ length: 5000 }, (_, n) => `"key_${n}":${n}`);
    const table = await assertRoundTrip(
      `{${keys.join(',')}}`,
      `{${keys.toReversed().join(',')}}`,
      '{"late":true,"key_0":"text"}',
    );
    const [database, name] = table.split('.');
    const { columns } = await workspace.administer<{ columns: unknown[] }>(
      'GET',
      `/databases/${database}/tables/${name}`,
    );
    assert.equal(columns.length, 512);
    const rows = await workspace.sql(`select key_511, _extra->>'key_4999' from ${table} where key_511 is not null`);
    assert.deepEqual(rows, [
      [511, '4999'],
      [511, '4999'],
    ]);
  });

  test('two requests at once for the same new table', async () => {
    for (let round = 0; round < 10; round += 1) {
      const table = `race/new_${round}`;
      await Promise.all([0, 1].map((n) => workspace.store(table, { n })));
      const after = await workspace.store(table, { n: 2 });
      assert.deepEqual(await workspace.sql(`select n from race.new_${round} order by n`, { after }), [[0], [1], [2]]);
    }
  });

  test('many requests at once for the same new column, each with a value of another type', async () => {
    const table = 'race/columns';
    await workspace.store(table, { first: true });
    const values = ['1', '"text"', 'true', '[1]', '{"a":null}', '1.5', 'null', '12345678901234567890', '1e400', '"1"'];
    const sent = Array.from(
      { length: 50 },
      (_, n) => `{"n":${n},"v${n % 5}":${values[n % values.length]},"all":${values[(n * 7) % values.length]}}`,
    );
    await Promise.all(sent.map((event) => workspace.store(table, event)));
    await workspace.decided(await workspace.store(table, '{"last":true}'));
    const read = await workspace.events(table);
    assert.equal(read.length, sent.length + 2);
    const byNumber = new Map(read.map((event) => [(JSON.parse(event) as { n?: number }).n, event]));
    for (const [n, event] of sent.entries()) assertSameJson(byNumber.get(n) ?? '', event);
  });

  test('100 new tables at once', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, (_, n) => workspace.store(`hundred/t${n}`, { n })));
    for (const id of ids) assert.equal((await workspace.decided(id)).objects.stored, 1);
    const { items } = await workspace.administer<{ items: { rows: number }[] }>(
      'GET',
      '/databases/hundred/tables?limit=1000',
    );
    assert.deepEqual(
      items.map(({ rows }) => rows),
      Array.from({ length: 100 }, () => 1),
    );
    const [[sum] = []] = await workspace.sql(
      `select sum(n) from (${Array.from({ length: 100 }, (_, n) => `select n from hundred.t${n}`).join(' union all ')})`,
    );
    assert.equal(Number(sum), 4950);
  });

  test('nothing that was refused left a trace', async () => {
    const { status } = await workspace.admin('GET', '/databases/bad/tables/refused');
    assert.equal(status, 404);
  });

  test('afterwards the server is healthy, every lane goes on, and the data of others is unchanged', async () => {
    for (const bystander of bystanders) await bystander.assertUnchanged();
    await assertHealthy(workspace);
    assert.doesNotMatch(server.stderr, /"level":(?:50|60|"error"|"fatal")/);
  });
});
