/** The ids that are read without parsing, beside those of the parsed body. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { JsonError, parseJson } from '#model/json.ts';
import { readRecords } from './body.ts';
import { senderIds } from './outline.ts';
import type { SenderId } from './outline.ts';

const ID = '2bd2b8a9-7c3c-4a3b-9c8a-3c6b0a0d7f11';

/** Undefined unless the parsed body is a batch of good records alone. */
function parsedIds(text: string): readonly SenderId[] | undefined {
  try {
    const read = readRecords({ value: parseJson(text), layout: 'batch', bytes: Buffer.byteLength(text) });
    if ('problem' in read || read.records.some(({ fault }) => fault !== undefined)) return undefined;
    return read.records.map((record) => (record.fault === undefined ? record.uuid : undefined));
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

function idsOf(text: string): readonly SenderId[] | undefined {
  return senderIds(Buffer.from(text));
}

const NAMES = ['"uuid"', '"uuid2"', '"a"', '""', String.raw`"uu\u0069d"`, '"events"', '"records"', '"__proto__"'];
const VALUES = [`"${ID}"`, `"${ID.toUpperCase()}"`, 'null', '"null"', '7', '-0.5e3', '[{"uuid":1}]', '{}', '"\\""'];
const SPACES = ['', ' ', '\n', '\t'];

const member: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...SPACES), fc.constantFrom(...VALUES))
  .map(([name, space, value]) => `${name}${space}:${space}${value}`);
const record: fc.Arbitrary<string> = fc
  .tuple(fc.array(member, { maxLength: 4 }), fc.constantFrom(...SPACES))
  .map(([members, space]) => `{${space}${members.join(`,${space}`)}${space}}`);
const list: fc.Arbitrary<string> = fc.array(record, { maxLength: 4 }).map((records) => `[${records.join(' ,')}]`);
const body: fc.Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.constantFrom('"events"', '"records"', '"x"', String.raw`"\u0065vents"`),
      fc.oneof({ weight: 3, arbitrary: list }, { weight: 1, arbitrary: fc.constantFrom('null', '7', '[0]') }),
    ),
    {
      maxLength: 3,
    },
  )
  .map((members) => `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`);

describe('the outline of a batch', () => {
  test('names the ids of good records, in order', () => {
    for (const name of ['events', 'records']) {
      const text = `{"more":1,"${name}":[{"uuid":"${ID}","a":1},{}, {"a":{"uuid":1}},{"uuid":null},{"b":[],"uuid":"${ID}"}]}`;
      assert.deepEqual(idsOf(text), [ID, undefined, undefined, undefined, ID]);
    }
  });

  test('of a member given twice the last counts', () => {
    assert.deepEqual(idsOf(`{"records":[{"uuid":"${ID}","uuid":null},{"uuid":null,"uuid":"${ID}"}]}`), [undefined, ID]);
  });

  const WITHOUT: Readonly<Record<string, string>> = {
    'an id that is none': '{"records":[{"uuid":"1"}]}',
    'an id that is not text': '{"records":[{"uuid":7}]}',
    'a record that is none': '{"records":[{},7]}',
    'a name in disguise': String.raw`{"records":[{"uu\u0069d":"1"}]}`,
    'a comma too many in a record': '{"records":[{"a":1,}]}',
    'a record that does not end': '{"records":[{"a":1',
    'more records than a batch may have': `{"records":[${'{},'.repeat(500)}{}]}`,
    'the other list, which counts': '{"records":[{}],"events":[7]}',
  };
  for (const [what, text] of Object.entries(WITHOUT)) test(`none: ${what}`, () => assert.equal(idsOf(text), undefined));

  test('says what the parser says, or nothing', (context) => {
    let outlined = 0;
    fc.assert(
      fc.property(body, (text) => {
        const ids = idsOf(text);
        if (ids === undefined) return;
        outlined += 1;
        assert.deepEqual(ids, parsedIds(text), text);
      }),
      { numRuns: 5000 },
    );
    assert.ok(outlined > 100, `${outlined} bodies had an outline`);
    context.diagnostic(`${outlined} of 5000 bodies had an outline`);
  });

  test('of a damaged body as well', () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.nat(2),
      fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', ' ', '0', 'e', 'u', '\0'),
    );
    fc.assert(
      fc.property(record, damage, (one, [place, removed, put]) => {
        const whole = `{"records":[${one},{"uuid":"${ID}"}]}`;
        const at = place % whole.length;
        const text = whole.slice(0, at) + put + whole.slice(at + removed);
        const ids = idsOf(text);
        if (ids !== undefined) assert.deepEqual(ids, parsedIds(text), text);
      }),
      { numRuns: 5000 },
    );
  });
});
