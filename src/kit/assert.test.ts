import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertRule, AssertionError, must, unreachable } from './assert.ts';

test('assert throws its message unless the condition holds', () => {
  assertRule(1, 'never thrown');
  for (const falsy of [false, 0, '', null, undefined]) {
    assert.throws(() => assertRule(falsy, 'the rule'), new AssertionError('the rule'));
  }
});

test('must passes everything on but null and undefined', () => {
  for (const value of [0, '', false, Number.NaN]) assert.equal(must(value, 'never thrown'), value);
  assert.throws(() => must(null, 'no null'), AssertionError);
  assert.throws(() => must(undefined, 'no undefined'), AssertionError);
});

test('unreachable names the value that got there', () => {
  assert.throws(() => unreachable('somewhere' as never), /somewhere/);
});
