import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { inferFields } from './field-inference.ts';
import { mayNameField } from './field-rules.ts';
import { decideValue, isValueProblem } from './field-value.ts';
import { parseJson } from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';

const NONE: ReadonlyMap<string, unknown> = new Map();

/** `name type` of each field that the objects of a JSON text call for. */
function typesOf(text: string, defined: ReadonlyMap<string, unknown> = NONE, most = Infinity): readonly string[] {
  const fields = inferFields(parseJson(text) as unknown as JsonObject[], defined, most);
  return fields.map(({ name, dataType }) => `${name} ${dataType}`);
}

describe('the type of a field that nobody has defined', () => {
  const TYPES: readonly (readonly [values: string, type: string | undefined])[] = [
    ['"text"', 'string'],
    [`"${'x'.repeat(255)}"`, 'string'],
    [`"${'x'.repeat(256)}"`, 'text'],
    [`"${'🎉'.repeat(255)}"`, 'string'],
    [`"${'x'.repeat(30_000)}"`, 'text'],
    ['5', 'integer'],
    ['-5.0', 'integer'],
    ['1e3', 'integer'],
    ['9223372036854775807', 'integer'],
    ['5.5', 'float'],
    ['1e300', 'float'],
    ['true', 'boolean'],
    // What looks like something else in a string stays a string.
    ['"2024-02-29"', 'string'],
    ['"2020-08-30T05:49:48Z"', 'string'],
    ['"17"', 'string'],
    ['"true"', 'string'],
    ['"a@b.example"', 'string'],
    // Nothing to infer from, or nothing that a field holds.
    ['null', undefined],
    ['""', undefined],
    ['[1]', undefined],
    ['{"a":1}', undefined],
    ['1e400', undefined],
    ['0.12345678901234567890', undefined],
    ['123456789012345678901234567890', undefined],
    [`"${'x'.repeat(30_001)}"`, undefined],
  ];
  for (const [value, type] of TYPES) {
    const shown = value.length > 40 ? `${value.length - 2} characters` : value;
    test(`${shown}: ${type ?? 'none'}`, () => {
      assert.deepEqual(typesOf(`[{"a":${value}}]`), type === undefined ? [] : [`a ${type}`]);
    });
  }
});

describe('of several objects', () => {
  const SEVERAL: readonly (readonly [name: string, objects: string, fields: readonly string[]])[] = [
    ['the first kind of value counts', '[{"a":5},{"a":"x"},{"a":true}]', ['a integer']],
    ['within a kind the type is wide enough for all', '[{"a":5},{"a":5.5},{"a":7}]', ['a float']],
    ['a long text makes a text', `[{"a":"x"},{"a":"${'x'.repeat(256)}"},{"a":"y"}]`, ['a text']],
    ['what fits no type is passed over', '[{"a":null},{"a":{}},{"a":1e400},{"a":false},{"a":""}]', ['a boolean']],
    ['in the order of the first values', '[{"b":null,"c":1},{"b":1,"a":1}]', ['c integer', 'b integer', 'a integer']],
    ['case does not count, and the first spelling stays', '[{"shoeSize":43},{"SHOESIZE":43.5}]', ['shoeSize float']],
  ];
  for (const [name, objects, fields] of SEVERAL) test(name, () => assert.deepEqual(typesOf(objects), fields));

  test('law 6: no more than there is room for, the first ones', () => {
    assert.deepEqual(typesOf('[{"a":1,"b":1},{"c":1,"a":0.5}]', NONE, 2), ['a float', 'b integer']);
    assert.deepEqual(typesOf('[{"a":1}]', NONE, 0), []);
  });
});

test('defined fields, and names that no field may have, make none', () => {
  const names = ['known', 'KNOWN', 'id', 'CreatedAt', 'marketoGUID', 'rowid', '1a', 'a b', 'ä', '', '__proto__', '_a'];
  const members = [...names, 'x'.repeat(64)].map((name) => `${JSON.stringify(name)}:1`);
  assert.deepEqual(typesOf(`[{${members.join()}}]`, new Map([['known', {}]])), []);
  assert.deepEqual(typesOf('[{"constructor":1,"a_1":2}]'), ['constructor integer', 'a_1 integer']);
});

test('each field has a name that it may have, and holds one of the values that called for it', () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.integer(), fc.double({ noNaN: true }), fc.string());
  const name = fc.constantFrom('a', 'A', 'b', 'id', '1', 'c d');
  fc.assert(
    fc.property(fc.array(fc.dictionary(name, value), { maxLength: 8 }), (sent) => {
      const objects = parseJson(JSON.stringify(sent)) as unknown as JsonObject[];
      for (const wanted of inferFields(objects, NONE, Infinity)) {
        assert.ok(mayNameField(wanted.name));
        const values = objects.flatMap((object) =>
          Object.entries(object).flatMap(([key, json]) =>
            key.toLowerCase() === wanted.name.toLowerCase() ? [json] : [],
          ),
        );
        const fits = (json: JsonValue): boolean =>
          json !== null && json !== '' && !isValueProblem(decideValue({ ...wanted, displayName: '' }, json));
        assert.ok(values.some(fits), JSON.stringify(values));
      }
    }),
  );
});
