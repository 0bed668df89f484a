import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSampled, readTraceparent } from './traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test('a trace context of version 00 is taken as it is', () => {
  assert.equal(readTraceparent(`00-${TRACE}-${SPAN}-01`), `00-${TRACE}-${SPAN}-01`);
});

test('what is no trace context is no trace', () => {
  const wrong = [
    undefined,
    ['00'],
    '',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  ];
  for (const header of wrong) assert.equal(readTraceparent(header), undefined, String(header));
});

test('the lowest bit of the flags says whether a trace is recorded', () => {
  assert.equal(isSampled(`00-${TRACE}-${SPAN}-01`), true);
  assert.equal(isSampled(`00-${TRACE}-${SPAN}-03`), true);
  assert.equal(isSampled(`00-${TRACE}-${SPAN}-00`), false);
  assert.equal(isSampled(`00-${TRACE}-${SPAN}-02`), false);
});
