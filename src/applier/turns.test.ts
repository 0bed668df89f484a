import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.ts';

test('law 6: no more than so many work at once, in the order in which they came, whether they fail or not', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  let working = 0;
  let most = 0;
  const work = (name: number) => async (): Promise<void> => {
    begun.push(name);
    working += 1;
    most = Math.max(most, working);
    await new Promise(setImmediate);
    working -= 1;
    if (name % 3 === 0) throw new Error(`${name}`);
  };
  const results = await Promise.allSettled(Array.from({ length: 10 }, (_, name) => turns.take(work(name))));
  assert.equal(most, 2);
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(results.filter(({ status }) => status === 'rejected').length, 4);
  assert.equal(await turns.take(async () => 'free again'), 'free again');
});
