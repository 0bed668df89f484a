import assert from 'node:assert/strict';
import { test } from 'node:test';
import { challengeUrl, judgeAnswer } from './challenge.ts';
import { firstDelivery } from './event-batch.ts';

test('the challenge is appended to whatever query the URL has', () => {
  assert.equal(challengeUrl('https://a.test/hook', 'x'), 'https://a.test/hook?challenge=x');
  assert.equal(challengeUrl('https://a.test', 'x'), 'https://a.test/?challenge=x');
  assert.equal(challengeUrl('https://a.test/hook?', 'x'), 'https://a.test/hook?challenge=x');
  assert.equal(challengeUrl('https://a.test/hook?q=a%20b+c', 'x'), 'https://a.test/hook?q=a%20b+c&challenge=x');
});

test('an answer meets the challenge as text or as JSON, of that type', () => {
  const judge = (contentType: string, body: string, status = 200): string =>
    judgeAnswer({ status, contentType, body }, 'x');
  assert.equal(judge('text/plain', 'x'), 'met');
  assert.equal(judge('Text/Plain; charset=utf-8', 'x\n'), 'met');
  assert.equal(judge('application/json', '{"challenge":"x"}'), 'met');
  assert.equal(judge('application/json', '{"challenge":"y"}'), 'reachable');
  assert.equal(judge('application/json', '{"challenge"'), 'reachable');
  assert.equal(judge('application/json', 'null'), 'reachable');
  assert.equal(judge('text/html', 'x'), 'reachable');
  assert.equal(judge('', ''), 'reachable');
  assert.equal(judge('text/plain', 'x', 302), 'failed');
  assert.equal(judge('text/plain', 'x', 500), 'failed');
});

test('an event that is larger than a batch may be goes alone', () => {
  const event = (size: number): { event: string } => ({ event: 'x'.repeat(size) });
  const sizes = (events: readonly { event: string }[]): number[] =>
    firstDelivery(events, 'batch').map((each) => each.event.length);
  assert.deepEqual(sizes([event(3_000_000), event(1)]), [3_000_000]);
  assert.deepEqual(sizes([event(1), event(3_000_000)]), [1]);
  assert.equal(
    firstDelivery(
      Array.from({ length: 30 }, () => event(1)),
      'batch',
    ).length,
    20,
  );
  assert.equal(firstDelivery([event(1), event(1)], 'single').length, 1);
  assert.deepEqual(firstDelivery([], 'single'), []);
});
