import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestClock } from '../../tests/support/test-clock.ts';
import { openWebhookWorld } from '../../tests/support/webhook-world.ts';
import { LookupError } from './lookup-error.ts';
import { Lookups } from './lookups.ts';
import type { Resolve } from './lookups.ts';

const FOUND = [{ address: '10.0.0.1', family: 4 }];

test('a look-up is shared while it is under way, and its answer is not kept', async () => {
  const answers = [Promise.withResolvers<typeof FOUND>(), Promise.withResolvers<typeof FOUND>()];
  let asked = 0;
  const lookups = new Lookups({ clock: new TestClock(), resolve: async () => answers[asked++]?.promise ?? [] });
  const both = [lookups.of('a.test'), lookups.of('a.test')];
  answers[0]?.resolve(FOUND);
  assert.deepEqual(await Promise.all(both), [FOUND, FOUND]);
  assert.equal(asked, 1);
  const later = lookups.of('a.test');
  answers[1]?.resolve([]);
  assert.deepEqual([await later, asked], [[], 2]);
});

test('a failure is believed for 5 seconds, of its name alone', async () => {
  const clock = new TestClock();
  let asked = 0;
  const resolve: Resolve = async (hostname) => {
    asked += 1;
    if (hostname === 'a.test') throw new LookupError('ENOTFOUND', hostname);
    return FOUND;
  };
  const lookups = new Lookups({ clock, resolve });
  await assert.rejects(lookups.of('a.test'), { code: 'ENOTFOUND' });
  clock.advance(4_999);
  await assert.rejects(lookups.of('a.test'), { code: 'ENOTFOUND' });
  assert.deepEqual([await lookups.of('b.test'), asked], [FOUND, 2]);
  clock.advance(1);
  await assert.rejects(lookups.of('a.test'), { code: 'ENOTFOUND' });
  assert.equal(asked, 3);
});

test('a look-up ends after 10 seconds, though its resolver does not', async () => {
  const clock = new TestClock();
  let signal: AbortSignal | undefined;
  const resolve: Resolve = (_, given) => {
    signal = given;
    return new Promise(() => {});
  };
  const lookups = new Lookups({ clock, resolve });
  const looked = lookups.of('a.test');
  clock.advance(10_000);
  await assert.rejects(looked, { code: 'EAI_AGAIN' });
  assert.equal(signal?.aborted, true);
});

test('look-ups under way are bounded (law 6)', async () => {
  const lookups = new Lookups({ clock: new TestClock(), resolve: () => new Promise(() => {}) });
  for (let index = 0; index < 1_024; index += 1) lookups.of(`name${index}.test`).catch(() => undefined);
  await assert.rejects(lookups.of('one-more.test'), { code: 'EAI_AGAIN' });
});

test('a webhook is made although its name server is silent, after a while', async () => {
  let isSilent = true;
  const resolve: Resolve = async () => (isSilent ? new Promise(() => {}) : FOUND);
  await using world = await openWebhookWorld({ resolve });
  let isMade = false;
  const made = world.create({ url: 'http://dead.test/', enabled: false }).finally(() => (isMade = true));
  await world.pass(1_000, () => isMade);
  assert.equal((await made).state, 'unverified');
  isSilent = false;
});
