import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { decimalValue, isExactDouble, writtenInteger } from './exact-number.ts';
import {
  decodeUtf8,
  isExactNumber,
  isJsonObject,
  JsonError,
  MAX_JSON_DEPTH,
  mayBeIllFormed,
  parseJson,
  wellFormed,
} from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}

/** The number tokens of a text that holds no digits in strings. */
function tokensOf(text: string): string[] {
  return text.match(/-?\d[\d.eE+-]*/g) ?? [];
}

function sameNumbers(sent: string, back: string): boolean {
  const values = tokensOf(back).map(decimalValue);
  return tokensOf(sent).every((token, index) => decimalValue(token) === values[index]);
}

function everyNumberLookedAt(text: string): JsonValue {
  return JSON.parse(text, (_key, value, { source = '' }) =>
    typeof value === 'number' && !isExactDouble(source) ? JSON.rawJSON(source) : value,
  ) as JsonValue;
}

const digits = (maxLength: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^\\d{1,${maxLength}}$`));

const numberToken: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '-'),
    digits(25).map((text) => text.replace(/^0+(?=\d)/, '')),
    fc.option(digits(25), { nil: undefined }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e-', 'e+'), fc.integer({ min: 0, max: 420 })), { nil: undefined }),
  )
  .map(([sign, whole, fraction, exponent]) => {
    return `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${exponent === undefined ? '' : exponent.join('')}`;
  });

suite('exact JSON (law 10)', () => {
  test('numbers that a double tells are numbers, others keep their token', () => {
    const exact = parseJson('[0, 1.50, 1e3, 100000000000000000000, 0.30000000000000004, 5e-324, -0]') as JsonValue[];
    assert.ok(exact.every((value) => typeof value === 'number'));
    const inexact = ['1e400', '1e-400', '9007199254740993', '1.00000000000000000000001', '-123456789012345678901'];
    for (const token of inexact) {
      const value = parseJson(`{"a":[${token}]}`) as JsonObject;
      const [number] = value['a'] as JsonValue[];
      assert.ok(number !== undefined && isExactNumber(number), token);
      assert.equal(JSON.stringify(value), `{"a":[${token}]}`);
    }
  });

  test('every number keeps its mathematical value from text to text', () => {
    const tokens = fc.array(numberToken, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(tokens, fc.constantFrom(' ', '', '\n'), (list, space) => {
        const text = `[${list.join(`,${space}`)}]`;
        assert.ok(sameNumbers(text, JSON.stringify(parseJson(text))), text);
      }),
      { numRuns: 3000 },
    );
  });

  test('what is looked at of a text finds each number that a look at every number finds', () => {
    const exponent = fc.constantFrom('e-323', 'e-324', 'E-400', 'e-0400', 'e-99', 'e-00001', 'e-5', 'E+9');
    const token = fc.oneof(
      numberToken,
      fc.constantFrom('0', '-0', '0.0', '1e400', '123456789012345', '1234567890.12345', '-12345678901234567'),
      fc
        .tuple(fc.constantFrom('', '-'), fc.constantFrom('0', '1', '5', '4.9', '12.5'), exponent)
        .map((all) => all.join('')),
    );
    const teasing = fc.constantFrom(
      'e-400',
      ',1e-400',
      '1e-400',
      '-12e-4004',
      '-1',
      '..',
      '1234567890123456',
      'é',
      ' ',
    );
    const value = fc.oneof(
      { weight: 2, arbitrary: token },
      fc.uuid().map((text) => `"${text}"`),
      fc.array(teasing, { maxLength: 4 }).map((parts) => `"${parts.join('')}"`),
      fc.nat(40).map((length) => `"${'-'.repeat(length)}"`),
    );
    const list = fc.array(value, { maxLength: 8 });
    const text = fc
      .tuple(list, fc.constantFrom(',', ', ', ',\n', '\t,\r', '\r,\t'))
      .map(([values, comma]) => (values.length === 1 ? String(values[0]) : `[${values.join(comma)}]`));
    fc.assert(
      fc.property(text, (document) => assert.deepEqual(parseJson(document), everyNumberLookedAt(document))),
      { numRuns: 5000 },
    );
  });

  test('documents of honest numbers are read once, whatever stands in their strings', (t) => {
    const parse = t.mock.method(JSON, 'parse');
    const documents = [
      '{"zero":0,"id":"3f1c7d5e-412e-4123-912e-123456789012","at":"-123e-4567"}',
      '[0,1e-10,0.000001,100000000000000000000,"1234567890123456","-1234567890123456"]',
    ];
    for (const text of documents) parseJson(text);
    assert.equal(parse.mock.callCount(), documents.length);
  });

  test('the check of numbers catches a reader that rounds', () => {
    const text = '[9007199254740993]';
    assert.equal(sameNumbers(text, JSON.stringify(JSON.parse(text))), false);
  });

  test('digits in strings stay strings', () => {
    const text = '{"a":"9007199254740993","b":"see, 9007199254740993, there","c":"[1e400]"}';
    assert.deepEqual(parseJson(text), JSON.parse(text));
  });

  test('__proto__ and constructor are keys like others, and the last of equal keys counts', () => {
    for (const number of ['1', '1e400']) {
      const value = parseJson(`{"__proto__":{"a":${number}},"constructor":2,"k":1,"k":2}`) as JsonObject;
      assert.deepEqual(Object.keys(value), ['__proto__', 'constructor', 'k']);
      assert.equal(value['k'], 2);
      assert.equal(JSON.stringify(value), `{"__proto__":{"a":${number}},"constructor":2,"k":2}`);
    }
  });

  test('nesting is limited with an error that says so, never with a stack overflow (law 6)', () => {
    assert.doesNotThrow(() => parseJson(nested(MAX_JSON_DEPTH)));
    assert.doesNotThrow(() => JSON.stringify(wellFormed(parseJson(nested(MAX_JSON_DEPTH))).value));
    for (const depth of [MAX_JSON_DEPTH + 1, 10_000, 500_000]) {
      assert.throws(() => parseJson(nested(depth)), new JsonError(`nested deeper than ${MAX_JSON_DEPTH} levels`));
    }
    assert.throws(() => parseJson('{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)), JsonError);
  });

  test('what is no JSON is refused with the place of the fault', () => {
    for (const text of ['', '{', "{'a':1}", '{"a":1}x', 'NaN', '[1,]', '"\u0000"']) {
      assert.throws(() => parseJson(text), JsonError, text);
    }
    assert.throws(() => parseJson('{"a":1,}'), /position 7/);
  });

  test('a number beyond all doubles is no object', () => {
    assert.equal(isJsonObject(parseJson('1e400')), false);
    assert.equal(isJsonObject(parseJson('{"rawJSON":"1"}')), true);
    assert.equal(isJsonObject(parseJson('[]')), false);
    assert.equal(isJsonObject(null), false);
  });
});

suite('the exactness of doubles', () => {
  test('equal values have equal texts, whatever their spelling', () => {
    assert.equal(decimalValue('1.50'), decimalValue('150e-2'));
    assert.equal(decimalValue('-0.0e7'), decimalValue('0'));
    assert.notEqual(decimalValue('1e3'), decimalValue('1e4'));
    assert.notEqual(decimalValue('1e99999999999999999999'), decimalValue('10e99999999999999999999'));
    assert.equal(decimalValue('01'), undefined);
  });

  test('a whole double is the integer of its text', () => {
    for (const text of ['0', '-7', '266956537997106430', '-9223372036854776000', '100000000000000000000000']) {
      assert.equal(writtenInteger(Number(text)), BigInt(text));
    }
    assert.equal(writtenInteger(1.5e300), 15n * 10n ** 299n);
  });

  test('long rows of zeros take no long time', () => {
    assert.equal(isExactDouble(`1${'0'.repeat(300)}`), true);
    assert.equal(isExactDouble(`0.${'0'.repeat(500_000)}1`), false);
  });
});

suite('what no text can hold', () => {
  test('lone surrogates and NUL become U+FFFD, and the keys are named', () => {
    const text = String.raw`{"a":{"b":["ok","\ud800"]},"k\u0000":1,"n":"\u0000","pair":"\ud83d\ude00","__proto__":"\udc00"}`;
    assert.ok(mayBeIllFormed(text));
    const { value, changedKeys } = wellFormed(parseJson(text));
    assert.equal(JSON.stringify(value), '{"a":{"b":["ok","�"]},"k�":1,"n":"�","pair":"😀","__proto__":"�"}');
    assert.deepEqual(changedKeys, ['a.b.1', 'k�', 'n', '__proto__']);
  });

  test('the cheap test misses nothing that the repair would change', () => {
    const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (object) => {
        const text = JSON.stringify(object).toWellFormed();
        const { value, changedKeys } = wellFormed(parseJson(text));
        if (changedKeys.length > 0) assert.ok(mayBeIllFormed(text));
        else assert.deepEqual(value, parseJson(text));
        assert.ok(JSON.stringify(value).isWellFormed() && !mayBeIllFormed(JSON.stringify(value)));
      }),
    );
  });

  test('inexact numbers pass the repair unchanged', () => {
    assert.equal(JSON.stringify(wellFormed(parseJson('{"a":1e400}')).value), '{"a":1e400}');
  });
});

suite('UTF-8', () => {
  test('a byte order mark is dropped, and other invalid bytes are refused', () => {
    assert.equal(decodeUtf8(Buffer.from('\uFEFFé😀')), 'é😀');
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
      assert.equal(decodeUtf8(Uint8Array.from(bytes)), undefined);
    }
    assert.equal(decodeUtf8(new Uint8Array()), '');
  });
});
