/** Must show 3: what becomes of each person and custom object: types, dedupe, partitions, clearing, order. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startServer } from './support/inlet-server.ts';
import type { InletServer } from './support/inlet-server.ts';
import { Workspace } from './support/workspace.ts';
import type { ShownRequest } from './support/workspace.ts';

suite('Must show 3: fates', () => {
  let server: InletServer;
  let workspace: Workspace;
  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
    const custom = {
      aText: 'text',
      aString: 'string',
      anInteger: 'integer',
      aScore: 'score',
      aPercent: 'percent',
      aFloat: 'float',
      aCurrency: 'currency',
      aBoolean: 'boolean',
      aDate: 'date',
      aDatetime: 'datetime',
      aPhone: 'phone',
      aUrl: 'url',
    };
    for (const [name, dataType] of Object.entries(custom)) {
      await workspace.administer('PUT', `/person-fields/${name}`, { dataType });
    }
  });
  after(() => server[Symbol.asyncDispose]());

  /** Sends persons in one request, and waits for their fates. */
  async function sendPersons(persons: string | readonly object[], more: object = {}): Promise<ShownRequest> {
    const list = typeof persons === 'string' ? persons : JSON.stringify(persons);
    const members = JSON.stringify(more).slice(1, -1);
    return workspace.decided(await workspace.accept('persons', `{${members}${members && ','}"persons":${list}}`));
  }

  suite('field types: what the recorded service took', () => {
    const taken: readonly (readonly [field: string, sent: string, kept: unknown])[] = [
      ['aBoolean', 'true', true],
      ['anInteger', '5', 5],
      ['aFloat', '5.4', 5.4],
      ['aDatetime', '"2020-08-30T05:49:48.000Z"', '2020-08-30T05:49:48Z'],
      ['aScore', '10', 10],
      ['aPercent', '99', 99],
      ['aCurrency', '34.66', 34.66],
      ['aText', '"text is here"', 'text is here'],
      // What its documentation says beyond that.
      ['anInteger', '9223372036854775807', '9223372036854775807'],
      ['anInteger', '-9223372036854775808', '-9223372036854775808'],
      ['anInteger', '"17"', 17],
      ['aBoolean', '"false"', false],
      ['aDatetime', '"2020-08-30T07:49:48+02:00"', '2020-08-30T05:49:48Z'],
      ['aDate', '"2024-02-29"', '2024-02-29'],
      ['aString', '"日本語 🎉"', '日本語 🎉'],
      ['aPhone', '"+81 3-1234-5678"', '+81 3-1234-5678'],
      ['aUrl', '"www.myblog.example"', 'www.myblog.example'],
    ];
    test('read back as they were sent', async () => {
      const persons = taken.map(([field, sent], at) => `{"email":"taken${at}@types.example","${field}":${sent}}`);
      assert.equal((await sendPersons(`[${persons.join(',')}]`)).objects.created, taken.length);
      for (const [at, [field, sent, kept]] of taken.entries()) {
        const rows = await workspace.sql(`select "${field}" from persons where email = $1`, {
          params: [`taken${at}@types.example`],
        });
        assert.deepEqual(rows.map(normalised), [[kept]], `${field} ${sent}`);
      }
    });
  });

  suite('field types: what the recorded service refused, with its message', () => {
    const refusals: readonly (readonly [field: string, sent: string, shown: string])[] = [
      ['aBoolean', '"other"', 'other'],
      ['email', '"bademail"', 'bademail'],
      ['anInteger', '14.1', '14.1'],
      ['aFloat', '"14c"', '14c'],
      ['aDatetime', '"yesterday"', 'yesterday'],
      ['aPercent', '"100%"', '100%'],
      ['aString', `"${'x'.repeat(256)}"`, `${'x'.repeat(255)}…`],
      ['anInteger', '9223372036854775808', '9223372036854775808'],
      ['aFloat', '1e400', '1e400'],
      ['aDate', '"2023-02-29"', '2023-02-29'],
      ['aDatetime', '"2020-08-30T05:49:48"', '2020-08-30T05:49:48'],
      ['email', '"jörg@example.com"', 'jörg@example.com'],
      ['aString', '17', '17'],
      ['aString', '{"a":1}', '{"a":1}'],
      ['aBoolean', '1', '1'],
    ];
    test('each fails alone with 1003; its neighbours are created', async () => {
      const bad = refusals.map(([field, sent], at) =>
        field === 'email' ? `{"email":${sent}}` : `{"email":"bad${at}@types.example","${field}":${sent}}`,
      );
      const persons = bad.map((person, at) => `{"email":"good${at}@types.example"},${person}`);
      const { objects, failures, state } = await sendPersons(`[${persons.join(',')}]`);
      assert.deepEqual([objects.created, objects.failed, objects.pending, state], [bad.length, bad.length, 0, 'done']);
      const told = failures.map(({ index, code, message }) => [index, code, message]);
      assert.deepEqual(
        told,
        refusals.map(([field, , shown], at) => [
          2 * at + 1,
          '1003',
          `Invalid value for field '${field}' and value '${shown}'`,
        ]),
      );
      assert.deepEqual(await workspace.sql(`select count(*) from persons where email like 'good%@types.example'`), [
        [bad.length],
      ]);
      assert.deepEqual(await workspace.sql(`select count(*) from persons where email like 'bad%@types.example'`), [
        [0],
      ]);
    });
  });

  test('other faults of an object, each with its code; the quarantine keeps the object as it was sent', async () => {
    const bad = [
      '{"email":"a@faults.example","shoeSize":43}',
      '{"email":"a@faults.example","createdAt":"2020-01-01T00:00:00Z"}',
      '{"firstName":"Nobody"}',
      '{"email":null}',
      '{"email":"a@faults.example","id":1}',
      '{"email":"b@faults.example","nope":12345678901234567890}',
    ];
    const { requestId, failures } = await sendPersons(`[${bad.join(',')}]`);
    assert.deepEqual(
      failures.map(({ code }) => code),
      ['1006', '1011', '1002', '1002', '1011', '1006'],
    );
    assert.deepEqual(
      failures.slice(0, 3).map(({ message }) => message),
      [
        "Field 'shoeSize' not found",
        "Field 'createdAt' not supported",
        "Missing value for the required parameter 'email'",
      ],
    );
    const { text } = await workspace.admin('GET', `/quarantine?requestId=${requestId}`);
    for (const object of bad) assert.ok(text.includes(`"object":${object}`), object);
    const inSql = await workspace.sql(
      `select "index", code from inlet.failures where requestId = $1 order by "index"`,
      { params: [requestId] },
    );
    assert.deepEqual(
      inSql,
      failures.map(({ index, code }) => [index, code]),
    );
  });

  test('absent leaves a field, null and the empty string clear it; a cleared boolean is false', async () => {
    const email = 'cleared@example.com';
    await sendPersons([{ email, firstName: 'Ada', lastName: 'L', aFloat: 1.5, aBoolean: true, aDate: '2020-01-01' }]);
    const row = () =>
      workspace.sql('select firstName, lastName, aFloat, aBoolean, aDate from persons where email = $1', {
        params: [email],
      });
    await sendPersons([{ email, lastName: 'King' }]);
    assert.deepEqual(await row(), [['Ada', 'King', 1.5, true, '2020-01-01']]);
    await sendPersons([{ email, firstName: null, lastName: '', aFloat: null, aBoolean: null }]);
    assert.deepEqual(await row(), [[null, null, null, false, '2020-01-01']]);
  });

  test('a person belongs to its partition; the same key elsewhere is another person', async () => {
    const person = { email: 'split@example.com' };
    await sendPersons([{ ...person, firstName: 'here' }]);
    const { objects } = await sendPersons([{ ...person, firstName: 'there' }], { partitionName: 'Elsewhere' });
    assert.equal(objects.created, 1);
    await sendPersons([{ ...person, firstName: 'changed' }], { partitionName: 'Elsewhere' });
    const rows = await workspace.sql(
      `select partitionName, firstName from persons where email = 'split@example.com' order by 1`,
    );
    assert.deepEqual(rows, [
      ['Default', 'here'],
      ['Elsewhere', 'changed'],
    ]);
  });

  test('two dedupe attributes combine with AND; null for an optional member counts as absent', async () => {
    const email = 'two@example.com';
    const dedupeFields = { field1: 'email', field2: 'firstName' };
    const persons = [
      { email, firstName: 'Ann' },
      { email, firstName: 'Bob' },
      { email, firstName: 'ann' },
    ];
    assert.equal((await sendPersons(persons, { dedupeFields })).objects.created, 3);
    const again = await sendPersons([{ email, firstName: 'Bob', lastName: 'B' }], {
      dedupeFields,
      priority: null,
      partitionName: null,
    });
    assert.equal(again.objects.updated, 1);
    const several = await sendPersons([{ email, lastName: 'X' }]);
    assert.deepEqual(
      several.failures.map(({ code, message }) => [code, message]),
      [['1007', 'Multiple lead match lookup criteria']],
    );
    const rows = await workspace.sql(`select firstName, lastName from persons where email = $1 order by id`, {
      params: [email],
    });
    assert.deepEqual(rows, [
      ['Ann', null],
      ['Bob', 'B'],
      ['ann', null],
    ]);
  });

  test('custom attributes and id dedupe; an id that does not exist fails', async () => {
    const byNumber = { dedupeFields: { field1: 'anInteger' } };
    await sendPersons([{ anInteger: 77, firstName: 'first' }], byNumber);
    assert.equal((await sendPersons([{ anInteger: '77', firstName: 'second' }], byNumber)).objects.updated, 1);
    const [[id] = []] = await workspace.sql(`select id from persons where anInteger = 77 and firstName = 'second'`);
    const byId = await sendPersons(
      [
        { id, firstName: 'third' },
        { id: 987_654_321, firstName: 'nobody' },
      ],
      { dedupeFields: { field1: 'id' } },
    );
    assert.deepEqual([byId.objects.updated, byId.objects.failed, byId.failures[0]?.code], [1, 1, '1004']);
    assert.deepEqual(await workspace.sql(`select firstName from persons where id = $1`, { params: [id] }), [['third']]);
  });

  test('the same person several times in one request: applied in order, into one row', async () => {
    const email = 'twice@example.com';
    const { objects } = await sendPersons([
      { email, firstName: 'one', lastName: 'kept' },
      { email: 'other@example.com' },
      { email: 'TWICE@example.com', firstName: 'two' },
      { email, aFloat: 1 },
    ]);
    assert.deepEqual([objects.created, objects.updated], [2, 2]);
    const rows = await workspace.sql(
      `select firstName, lastName, aFloat from persons where lower(email) = 'twice@example.com'`,
    );
    assert.deepEqual(rows, [['two', 'kept', 1]]);
  });

  test('case is folded: emails match without regard to it, so do field names; other values do not', async () => {
    await sendPersons([{ EMAIL: 'Folded@Example.com', FirstNAME: 'f' }]);
    assert.equal((await sendPersons([{ email: 'folded@example.COM', lastname: 'l' }])).objects.updated, 1);
    const rows = await workspace.sql(
      `select firstName, lastName from persons where lower(email) = 'folded@example.com'`,
    );
    assert.deepEqual(rows, [['f', 'l']]);
    const byString = { dedupeFields: { field1: 'ASTRING' } };
    assert.equal((await sendPersons([{ aString: 'Key' }, { aString: 'key' }], byString)).objects.created, 2);
  });

  test('requests at the same time never create a person twice', async () => {
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        workspace.accept('persons', {
          priority: n % 2 === 0 ? 'high' : 'normal',
          persons: [{ email: 'race@example.com', anInteger: n }, { email: `race${n % 4}@example.com` }],
        }),
      ),
    );
    const requests: ShownRequest[] = [];
    for (const id of ids) requests.push(await workspace.decided(id));
    const sum = (fate: 'created' | 'updated' | 'failed'): number =>
      requests.reduce((total, { objects }) => total + objects[fate], 0);
    assert.deepEqual([sum('created'), sum('updated'), sum('failed')], [5, 75, 0]);
    assert.deepEqual(await workspace.sql(`select count(*) from persons where email like 'race%@example.com'`), [[5]]);
  });
});

// Times may carry a fraction of zero seconds.
function normalised(row: readonly unknown[]): readonly unknown[] {
  return row.map((value) => (typeof value === 'string' ? value.replace(/\.0+Z$/, 'Z') : value));
}
