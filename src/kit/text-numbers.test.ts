import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TextNumbers } from './text-numbers.ts';

test('tells what a Map tells, whatever is added and replaced', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.nat({ max: 60 }).map((n) => `key ${n}`),
  );
  const step = fc.record({ text, number: fc.nat(), replaces: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const numbers = new TextNumbers();
      const map = new Map<string, number>();
      for (const { text, number, replaces } of steps) {
        assert.equal(numbers.add(text, number), map.get(text));
        if (!map.has(text) || replaces) map.set(text, number);
        if (replaces) numbers.replace(text, number);
      }
      for (const [text, number] of map) assert.equal(numbers.add(text, -1), number);
    }),
  );
});

test('replacing what is not there adds nothing', () => {
  const numbers = new TextNumbers();
  numbers.replace('a', 1);
  assert.equal(numbers.add('a', 2), undefined);
});

test('holds many', () => {
  const numbers = new TextNumbers();
  for (let n = 0; n < 100_000; n += 1) assert.equal(numbers.add(`person${n}@example.com`, n), undefined);
  for (let n = 0; n < 100_000; n += 1) assert.equal(numbers.add(`person${n}@example.com`, -1), n);
});
