import { fairShare } from './fair-share.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

test('who keeps little loses nothing, and who keeps much shares the rest', () => {
  assert.equal(fairShare([], 10), Infinity);
  assert.equal(fairShare([1, 2, 7], 10), Infinity);
  assert.equal(fairShare([1, 2, 8], 10), 7);
  assert.equal(fairShare([8, 1, 8], 10), 4);
  assert.equal(fairShare([5, 5], 0), 0);
});

test('law 6: up to the share all together keep what they may, and waste less than one each (fast-check)', () => {
  const kept = fc.array(fc.nat(1_000), { maxLength: 20 });
  fc.assert(
    fc.property(kept, fc.nat(10_000), (each, total) => {
      const share = fairShare(each, total);
      const sum = each.reduce((left, bytes) => left + Math.min(bytes, share), 0);
      assert.ok(sum <= total);
      const wanted = each.reduce((left, bytes) => left + bytes, 0);
      if (wanted <= total) assert.equal(share, Infinity);
      else assert.ok(sum > total - each.length, `${sum} of ${total} is kept`);
    }),
  );
});
