import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertSameJson } from './exact-json.ts';

suite('the comparison of JSON values', () => {
  const same: readonly (readonly [string, string])[] = [
    ['{"a":1,"b":2}', '{"b":2.0,"a":1e0}'],
    ['[1e400,-0]', '[10e399,0]'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['{"__proto__":{"a":1}}', '{ "__proto__": { "a": 1 } }'],
    ['"\\u00e9"', '"é"'],
  ];
  for (const [left, right] of same) test(`${left} is ${right}`, () => assertSameJson(left, right));

  const different: readonly (readonly [string, string])[] = [
    ['12345678901234567890', '12345678901234567891'],
    ['1e400', '1e401'],
    ['0.1', '0.10000000000000001'],
    ['1', '"1"'],
    ['{"a":null}', '{}'],
    ['{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'],
    ['{"__proto__":1}', '{}'],
    ['[1,2]', '[2,1]'],
    ['"\\u0000"', '"\\ufffd"'],
  ];
  for (const [left, right] of different) {
    test(`${left} is not ${right}`, () => assert.throws(() => assertSameJson(left, right)));
  }
});
