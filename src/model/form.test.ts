import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formToObject } from './form.ts';

test('a form becomes an object of strings', () => {
  assert.deepEqual(formToObject('a=1&b=x+y%21&c&=d&e=f=g&'), { a: '1', b: 'x y!', c: '', '': 'd', e: 'f=g' });
  assert.deepEqual(formToObject(''), {});
});

test('of a name given twice the last counts, and __proto__ is a name like others', () => {
  assert.deepEqual(formToObject('a=1&a=2'), { a: '2' });
  assert.deepEqual(Object.keys(formToObject('__proto__=1&constructor=2')), ['__proto__', 'constructor']);
});

test('escapes that are no UTF-8 stay as they were sent (law 10)', () => {
  assert.deepEqual(formToObject('a=%E9&b=100%&c=%zz&d=%F0%9F%98%80%'), { a: '%E9', b: '100%', c: '%zz', d: '😀%' });
});

test('what a browser writes is read as it was', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(fc.dictionary(text, text), (object) => {
      const back = formToObject(new URLSearchParams(Object.entries(object)).toString());
      assert.deepEqual(Object.entries(back), Object.entries(object));
    }),
  );
});
