import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyMemory, giveBack } from './body-memory.ts';

const LARGE = 64 * 1024;

test('what ends with a share is there as long as the share, and its memory is given back then', () => {
  const memory = new BodyMemory(LARGE);
  const body = new Uint8Array(LARGE).fill(7);
  const share = memory.share();
  assert.equal(share.hold(LARGE), true);
  share.endsWithShare(body);
  assert.equal(memory.hold(1), false);
  assert.equal(body.at(-1), 7);
  share[Symbol.dispose]();
  assert.equal(body.buffer.byteLength, 0);
  assert.equal(memory.hold(LARGE), true);
});

test('memory that others share is left alone', () => {
  const whole = new Uint8Array(2 * LARGE).fill(7);
  giveBack(whole.subarray(LARGE));
  giveBack(whole.subarray(0, LARGE));
  assert.equal(whole.byteLength, 2 * LARGE);
});
