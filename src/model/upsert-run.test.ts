import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Workspace } from './definitions.ts';
import type { CustomObjectType, FieldDefinition, FieldValue } from './field.ts';
import { parseJson } from './json.ts';
import type { JsonObject } from './json.ts';
import { customObjectRules, personRules } from './object-rules.ts';
import type { ObjectRules } from './object-rules.ts';
import { STANDARD_PERSON_FIELDS } from './standard-fields.ts';
import { RunBuilder } from './upsert-run.ts';
import type { BuiltRun } from './upsert-run.ts';
import type { Placement } from './upsert-row.ts';
import type { UpsertRun } from './upsert.ts';
import type { MunchkinId } from './words.ts';

const CUSTOM_FIELDS: readonly FieldDefinition[] = [
  { name: 'crmKey', displayName: 'CRM Key', dataType: 'string', length: 20, custom: true },
  { name: 'crmNumber', displayName: 'CRM Number', dataType: 'integer', custom: true },
  { name: 'crmDate', displayName: 'CRM Date', dataType: 'date', custom: true },
];

const WORKSPACE: Workspace = {
  munchkinId: '123-ABC-456' as MunchkinId,
  createdAt: 0,
  partitions: new Set(['Default']),
  personFields: new Map(
    [...STANDARD_PERSON_FIELDS, ...CUSTOM_FIELDS].map((field) => [field.name.toLowerCase(), field]),
  ),
  customObjects: new Map(),
  customObjectDrafts: new Map(),
};

const CARS: CustomObjectType = {
  apiName: 'cars',
  displayName: 'Cars',
  fields: [
    { name: 'vin', displayName: 'VIN', dataType: 'string', length: 36 },
    { name: 'year', displayName: 'Year', dataType: 'integer' },
    { name: 'sold', displayName: 'Sold', dataType: 'boolean' },
  ],
  dedupeFields: ['vin'],
};

function at(partition: string, acceptedAt: number): Placement {
  return { partition, acceptedAt };
}

/** Of objects that lie in one run. */
function runOf(builder: RunBuilder): BuiltRun {
  const [run, ...others] = builder.finish();
  assert.ok(run);
  assert.deepEqual(others, []);
  return run;
}

function failureOf(rules: ObjectRules, json: string): string {
  const result = new RunBuilder(rules).add(parseJson(json) as JsonObject, at('', 0));
  assert.ok(typeof result === 'object', json);
  return `${result.code} ${result.message}`;
}

suite('checks of an object', () => {
  const byEmail = personRules(WORKSPACE, ['email']);

  test('each fault has its code and the documented text', () => {
    assert.equal(failureOf(byEmail, '{"email":"a@b.co","nope":1}'), "1006 Field 'nope' not found");
    assert.equal(failureOf(byEmail, '{"email":"a@b.co","__proto__":1}'), "1006 Field '__proto__' not found");
    assert.equal(failureOf(byEmail, '{"email":"a@b.co","id":1}'), "1011 Field 'id' not supported");
    assert.equal(failureOf(byEmail, '{"email":"a@b.co","MKTONAME":"x"}'), "1011 Field 'mktoName' not supported");
    const misfit = "1003 Invalid value for field 'leadScore' and value '14.1'";
    assert.equal(failureOf(byEmail, '{"email":"a@b.co","leadScore":14.1}'), misfit);
    for (const email of ['', ',"email":null', ',"email":""']) {
      assert.equal(
        failureOf(byEmail, `{"firstName":"x"${email}}`),
        "1002 Missing value for the required parameter 'email'",
      );
    }
  });

  test('of several faults the first in the order of P6 counts, whatever the order of the members', () => {
    const faults = ['"nope":1', '"id":1', '"leadScore":"x"', '"email":null'];
    const codes = ['1006', '1011', '1003', '1002'];
    faults.forEach((_, first) => {
      const present = faults.slice(first);
      for (const members of [present, present.toReversed()]) {
        assert.equal(failureOf(byEmail, `{${members.join(',')}}`).slice(0, 4), codes[first]);
      }
    });
  });

  test('an object that fails leaves no trace in the run (law 5)', () => {
    const builder = new RunBuilder(byEmail);
    assert.equal(builder.add({ email: 'a@b.co' }, at('Default', 1)), 0);
    assert.equal(typeof builder.add({ city: 'Rome', email: 'b@b.co', leadScore: 'x' }, at('Default', 2)), 'object');
    assert.equal(builder.add({ email: 'c@b.co', title: 'Ms' }, at('Default', 3)), 1);
    const { fields, rows } = runOf(builder);
    assert.deepEqual(
      fields.map(({ name }) => name),
      ['email', 'title'],
    );
    assert.deepEqual(
      rows.map(({ values }) => values),
      [
        ['a@b.co', undefined],
        ['c@b.co', 'Ms'],
      ],
    );
  });

  test('field names match without regard to case, and of two spellings the last counts', () => {
    const builder = new RunBuilder(byEmail);
    assert.equal(builder.add({ EMAIL: 'a@b.co', FirstName: 'A', firstname: 'B' }, at('Default', 1)), 0);
    const run = runOf(builder);
    assert.deepEqual(
      run.fields.map(({ name }) => name),
      ['email', 'firstName'],
    );
    assert.deepEqual(run.rows[0]?.values, ['a@b.co', 'B']);
  });

  test('endless spellings of a name are all read', () => {
    const builder = new RunBuilder(byEmail);
    const letters = 'externalsalespersonid'.split('');
    for (let i = 0; i < 6000; i += 1) {
      const name = letters.map((letter, bit) => ((i >> bit) & 1 ? letter.toUpperCase() : letter)).join('');
      assert.equal(builder.add({ email: 'a@b.co', [name]: String(i) }, at('Default', i)), 0);
    }
    assert.deepEqual(runOf(builder).rows[0]?.values, ['a@b.co', '5999']);
  });
});

suite('keys of rows', () => {
  test('a person by email: case does not count, the last spelling is kept', () => {
    const builder = new RunBuilder(personRules(WORKSPACE, ['email']));
    assert.equal(builder.add({ email: 'Ann@Example.com', city: 'Rome' }, at('Default', 1)), 0);
    assert.equal(builder.add({ email: 'ann@example.COM' }, at('Default', 2)), 0);
    assert.equal(builder.add({ email: 'ann@example.com' }, at('EMEA', 3)), 1);
    const [first, second] = runOf(builder).rows;
    assert.deepEqual(first?.key, ['ann@example.com']);
    assert.deepEqual(first?.values, ['ann@example.COM', 'Rome']);
    assert.deepEqual([first?.firstAcceptedAt, first?.lastAcceptedAt], [1, 2]);
    assert.equal(second?.partition, 'EMEA');
  });

  test('a person by id: the id is the key and no field', () => {
    const rules = personRules(WORKSPACE, ['id']);
    assert.equal(rules.identity?.name, 'id');
    const builder = new RunBuilder(rules);
    assert.equal(builder.add({ id: '7', city: 'Rome' }, at('Default', 1)), 0);
    assert.equal(builder.add({ id: 7, city: null }, at('Default', 1)), 0);
    const run = runOf(builder);
    assert.deepEqual(
      run.fields.map(({ name }) => name),
      ['city'],
    );
    assert.deepEqual(run.rows[0]?.key, [7]);
    assert.deepEqual(run.rows[0]?.values, [null]);
    assert.equal(failureOf(rules, '{"id":1.5}').slice(0, 4), '1003');
    assert.equal(failureOf(rules, '{"city":"Rome"}').slice(0, 4), '1002');
  });

  test('two attributes both count, and do not run into each other', () => {
    const builder = new RunBuilder(personRules(WORKSPACE, ['crmKey', 'firstName']));
    const keys = [
      ['a', 'bc'],
      ['ab', 'c'],
      ['1:a', 'b'],
      ['1', 'a1:b'],
    ];
    keys.forEach(([crmKey = '', firstName = ''], row) => {
      assert.equal(builder.add({ crmKey, firstName }, at('Default', 0)), row);
    });
  });

  test('custom objects: by their dedupe fields or by marketoGUID, never both', () => {
    const byFields = customObjectRules({ workspace: WORKSPACE, type: CARS }, 'dedupeFields');
    const byGuid = customObjectRules({ workspace: WORKSPACE, type: CARS }, 'marketoGUID');
    assert.equal(byFields.identity, undefined);
    assert.equal(byGuid.identity?.name, 'marketoGUID');
    const notAllowed = "1011 Field 'marketoGUID' is not allowed when dedupeBy is 'dedupeFields'";
    assert.equal(failureOf(byFields, '{"vin":"1","marketoGUID":"x"}'), notAllowed);
    assert.equal(failureOf(byFields, '{"vin":"1","createdAt":"x"}'), "1011 Field 'createdAt' not supported");
    assert.equal(failureOf(byFields, '{"year":1}'), "1002 Missing value for the required parameter 'vin'");
    assert.equal(failureOf(byGuid, '{"vin":"1"}'), "1002 Missing value for the required parameter 'marketoGUID'");
    const builder = new RunBuilder(byGuid);
    assert.equal(builder.add({ marketoguid: 'g', vin: '2' }, at('', 0)), 0);
    const run = runOf(builder);
    assert.deepEqual([run.fields.map(({ name }) => name), run.rows[0]?.key], [['vin'], ['g']]);
  });

  test('a boolean that is cleared is no key', () => {
    const rules = customObjectRules(
      { workspace: WORKSPACE, type: { ...CARS, dedupeFields: ['vin', 'sold'] } },
      'dedupeFields',
    );
    assert.equal(failureOf(rules, '{"vin":"1","sold":null}').slice(0, 4), '1002');
    assert.equal(new RunBuilder(rules).add({ vin: '1', sold: false }, at('', 0)), 0);
  });
});

// What a store holds after a run, by key: each row's values laid over those before.
function applied(run: UpsertRun): Map<string, Map<string, FieldValue>> {
  const store = new Map<string, Map<string, FieldValue>>();
  for (const { key, partition, values } of run.rows) {
    const name = JSON.stringify([partition, key.map(String)]);
    const object = store.get(name) ?? new Map<string, FieldValue>();
    run.fields.forEach((field, i) => {
      const value = values[i];
      if (value !== undefined) object.set(field.name, value);
    });
    store.set(name, object);
  }
  return store;
}

suite('folding (law 4)', () => {
  const rules = personRules(WORKSPACE, ['email', 'crmNumber']);
  const person = fc.record(
    {
      email: fc.constantFrom('a@b.co', 'A@b.co', 'b@b.co', '', null),
      crmNumber: fc.constantFrom<FieldValue>(1, '1', 2, 9007199254740991, 'x'),
      city: fc.constantFrom('Rome', 'Oslo', '', null),
      leadScore: fc.constantFrom<FieldValue>(1, '2', 1.5, null),
      unsubscribed: fc.constantFrom<FieldValue>(true, 'false', null, 1),
    },
    { requiredKeys: ['email'] },
  ) as fc.Arbitrary<JsonObject>;
  const sent = fc.array(fc.tuple(person, fc.constantFrom('Default', 'EMEA')), { maxLength: 30 });

  function folded(objects: readonly [JsonObject, string][]): UpsertRun {
    const builder = new RunBuilder(rules);
    objects.forEach(([object, partition], index) => builder.add(object, at(partition, index)));
    return builder.finish()[0] ?? NOTHING;
  }

  const NOTHING: BuiltRun = { action: 'createOrUpdate', wantsIdentities: false, fields: [], matchBy: [], rows: [] };

  function oneByOne(objects: readonly [JsonObject, string][]): Map<string, Map<string, FieldValue>> {
    const store = new Map<string, Map<string, FieldValue>>();
    for (const [object, partition] of objects) {
      for (const [key, values] of applied(folded([[object, partition]]))) {
        store.set(key, new Map([...(store.get(key) ?? []), ...values]));
      }
    }
    return store;
  }

  function sameStores(a: Map<string, Map<string, FieldValue>>, b: Map<string, Map<string, FieldValue>>): boolean {
    return isDeepStrictEqual(a, b);
  }

  test('a folded run leaves what its objects leave one by one, with one row a key', () => {
    fc.assert(
      fc.property(sent, (objects) => {
        const run = folded(objects);
        const store = applied(run);
        assert.equal(store.size, run.rows.length);
        assert.ok(run.rows.every(({ values }) => values.length === run.fields.length));
        assert.ok(sameStores(store, oneByOne(objects)));
      }),
      { numRuns: 500 },
    );
  });

  test('an object is taken or refused regardless of its neighbours', () => {
    fc.assert(
      fc.property(sent, (objects) => {
        const builder = new RunBuilder(rules);
        for (const [object, partition] of objects) {
          const among = builder.add(object, at(partition, 0));
          const alone = new RunBuilder(rules).add(object, at(partition, 0));
          if (typeof alone === 'number') assert.equal(typeof among, 'number');
          else assert.deepEqual(among, alone);
        }
      }),
    );
  });

  test('the check catches a run whose rows are out of order', () => {
    const objects: [JsonObject, string][] = ['Rome', 'Oslo'].map((city) => [
      { email: 'a@b.co', crmNumber: 1, city },
      'Default',
    ]);
    assert.equal(sameStores(applied(folded(objects.toReversed())), oneByOne(objects)), false);
  });
});
