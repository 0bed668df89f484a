import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { decideValue, isValueProblem } from './field-value.ts';
import type { DataType, FieldDefinition, FieldValue } from './field.ts';
import { parseJson } from './json.ts';

function field(dataType: DataType, length?: number): FieldDefinition {
  return { name: 'f', displayName: 'F', dataType, ...(length === undefined ? {} : { length }) };
}

/** `undefined` stands for a value that does not fit. */
function decided(dataType: DataType, json: string, length?: number): FieldValue | undefined {
  const value = decideValue(field(dataType, length), parseJson(json));
  return isValueProblem(value) ? undefined : value;
}

function assertRefused(dataType: DataType, texts: readonly string[]): void {
  for (const text of texts) assert.equal(decided(dataType, text), undefined, `${dataType} ${text}`);
}

suite('values of fields', () => {
  test('null and the empty text clear; a boolean reads back false (P11)', () => {
    for (const type of ['string', 'integer', 'date', 'email', 'float', 'text', 'datetime'] as const) {
      assert.equal(decided(type, 'null'), null);
      assert.equal(decided(type, '""'), null);
    }
    assert.equal(decided('boolean', 'null'), false);
    assert.equal(decided('boolean', '""'), false);
  });

  test('strings count code points, texts count bytes; both are taken whole or not at all (P12)', () => {
    assert.equal(decided('string', '"😀😀"', 2), '😀😀');
    assert.equal(decided('string', '"abc"', 2), undefined);
    assert.equal(decided('string', '"😀😀😀"', 2), undefined);
    assert.equal(decided('string', JSON.stringify('x'.repeat(256))), undefined);
    assert.equal(decided('text', '"é"', 2), 'é');
    assert.equal(decided('text', '"éa"', 2), undefined);
    assert.equal(decided('text', JSON.stringify('é'.repeat(15_000)))?.toString().length, 15_000);
    assert.equal(decided('text', JSON.stringify('é'.repeat(15_001))), undefined);
    assert.equal(decided('string', '" as it is "'), ' as it is ');
    assertRefused('string', ['1', 'true', '[]', '{}', '1e400']);
  });

  test('integers have 64 bits and no fraction; texts count when they are exactly a number (P13)', () => {
    const taken: [string, number | bigint][] = [
      ['5', 5],
      ['"5"', 5],
      ['-0', 0],
      ['"-7"', -7],
      ['1e3', 1000],
      ['"5.0"', 5],
      ['"1e3"', 1000],
      ['9007199254740993', 9007199254740993n],
      ['"9007199254740993"', 9007199254740993n],
      ['9223372036854775807', 2n ** 63n - 1n],
      ['-9223372036854775808', -(2n ** 63n)],
      ['266956537997106430', 266956537997106430n],
    ];
    for (const [json, value] of taken) {
      for (const type of ['integer', 'score', 'percent'] as const) assert.equal(decided(type, json), value, json);
    }
    assert.ok(Object.is(decided('integer', '-0'), 0));
    assertRefused('integer', [
      '14.1',
      '"14.1"',
      '9223372036854775808',
      '-9223372036854775809',
      '1e400',
      '1e30',
      '"100%"',
    ]);
    assertRefused('integer', [
      '"05"',
      '"+5"',
      '" 5"',
      '"0x5"',
      '"5_0"',
      'true',
      '[5]',
      '{}',
      JSON.stringify('9'.repeat(9999)),
    ]);
  });

  test('floats are taken when a double tells them exactly (P14)', () => {
    assert.equal(decided('float', '5.4'), 5.4);
    assert.equal(decided('currency', '"34.66"'), 34.66);
    assert.equal(decided('float', '0.30000000000000004'), 0.30000000000000004);
    assertRefused('float', [
      '"14c"',
      '0.12345678901234567890',
      '"0.12345678901234567890"',
      '1e400',
      '9007199254740993',
    ]);
    assertRefused('currency', ['"$1"', '"NaN"', '"Infinity"', 'false']);
  });

  test('booleans (P15)', () => {
    assert.equal(decided('boolean', 'true'), true);
    assert.equal(decided('boolean', '"false"'), false);
    assertRefused('boolean', ['"other"', '1', '0', '"1"', '"TRUE"', '"yes"', '[]']);
  });

  test('dates are days of the calendar (P16)', () => {
    for (const date of ['2020-02-29', '0001-01-01', '9999-12-31', '2000-02-29']) {
      assert.equal(decided('date', `"${date}"`), date);
    }
    const none = ['2019-02-29', '1900-02-29', '2020-13-01', '2020-00-10', '2020-01-00', '2020-04-31', '0000-01-01'];
    assertRefused(
      'date',
      [...none, '2020-1-1', '20200101', '2020-01-01T00:00:00Z', 'today'].map((text) => `"${text}"`),
    );
    assertRefused('date', ['20200101', 'true']);
  });

  test('date-times are moments: zone needed, kept in UTC to the second (P17)', () => {
    const taken = {
      '2020-08-30T05:49:48.000Z': '2020-08-30T05:49:48Z',
      '2020-08-30T05:49:48.999Z': '2020-08-30T05:49:48Z',
      '2020-08-30 05:49:48+02:00': '2020-08-30T03:49:48Z',
      '2020-12-31T23:30-0100': '2021-01-01T00:30:00Z',
      '2020-03-01T00:00:00+14:00': '2020-02-29T10:00:00Z',
      '0001-01-01T00:00:00Z': '0001-01-01T00:00:00Z',
      '0099-06-01T12:00:00+01:00': '0099-06-01T11:00:00Z',
    };
    for (const [text, value] of Object.entries(taken)) assert.equal(decided('datetime', `"${text}"`), value, text);
    const none = ['yesterday', '2020-08-30', '2020-08-30T05:49:48', '2020-02-30T00:00:00Z', '2020-01-01T24:00:00Z'];
    const more = [
      '2020-01-01T00:60:00Z',
      '2020-01-01T00:00:60Z',
      '2020-01-01T00:00:00+24:00',
      '2020-01-01T00:00:00+00:60',
    ];
    const outside = ['0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01', '2020-01-01T00:00:00 Z'];
    assertRefused(
      'datetime',
      [...none, ...more, ...outside].map((text) => `"${text}"`),
    );
    assertRefused('datetime', ['1600000000']);
  });

  test('every moment comes back as the same moment', () => {
    const range = { min: new Date('0001-01-03T00:00:00Z'), max: new Date('9999-12-29T00:00:00Z'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(range), fc.integer({ min: -1439, max: 1439 }), (date, offset) => {
        const seconds = Math.floor(date.getTime() / 1000) * 1000;
        const local = new Date(seconds + offset * 60_000).toISOString().slice(0, 19);
        const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60].map((n) =>
          String(n).padStart(2, '0'),
        );
        const value = decided('datetime', `"${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}"`);
        assert.equal(Date.parse(String(value)), seconds);
      }),
    );
  });

  test('emails are ASCII and look like addresses (P18)', () => {
    for (const email of ['a@b.co', "o'neil+tag@mail.example.com", 'abc..def@docomo.ne.jp', 'A.B@X-1.org']) {
      assert.equal(decided('email', `"${email}"`), email);
    }
    const none = [
      'bademail',
      '@b.co',
      'a@',
      'a@b',
      'a@b.',
      'a b@c.co',
      'a@b@c.co',
      'ä@b.co',
      'a@bü.co',
      'a@b..co',
      'a@b.co ',
    ];
    assertRefused(
      'email',
      none.map((text) => `"${text}"`),
    );
    assertRefused('email', [JSON.stringify(`${'a'.repeat(250)}@b.com`), '1', '[]']);
  });

  test('a refusal names field and value as the documented service does, and shows no more than fits (P19)', () => {
    assert.deepEqual(decideValue(field('integer'), 14.1), { message: "Invalid value for field 'f' and value '14.1'" });
    assert.deepEqual(decideValue(field('string'), ['a']), { message: `Invalid value for field 'f' and value '["a"]'` });
    const long = decideValue(field('string'), '😀'.repeat(1000));
    assert.ok(isValueProblem(long) && long.message.length < 400 && long.message.isWellFormed());
  });
});
