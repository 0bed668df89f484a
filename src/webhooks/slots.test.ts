import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as yielded } from 'node:timers/promises';
import { Slots } from './slots.ts';

const NEVER = new AbortController().signal;

/** Work that begins when it may, and ends when it is told to. */
class Works {
  readonly begun: string[] = [];
  readonly #slots: Slots;
  readonly #ends = new Map<string, () => void>();

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  run(key: string, name: string, signal: AbortSignal = NEVER): Promise<void> {
    return this.#slots.run(key, signal, async () => {
      this.begun.push(name);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#ends.set(name, resolve);
      await promise;
    });
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await yielded();
  }
}

function names(key: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${key}${index}`);
}

test('a key holds its part alone, and another begins at once', async () => {
  const works = new Works(new Slots({ all: 4, each: 2 }));
  const running = names('a', 10).map((name) => works.run('a', name));
  await yielded();
  assert.deepEqual(works.begun, ['a0', 'a1']);
  running.push(works.run('b', 'b0'));
  await yielded();
  assert.deepEqual(works.begun, ['a0', 'a1', 'b0']);
  for (const name of [...names('a', 10), 'b0']) await works.end(name);
  await Promise.all(running);
  assert.deepEqual(
    works.begun.filter((name) => name.startsWith('a')),
    names('a', 10),
  );
});

test('keys are served in turn, however many of one wait', async () => {
  const works = new Works(new Slots({ all: 2, each: 2 }));
  const running = [...names('a', 6).map((name) => works.run('a', name)), works.run('b', 'b0'), works.run('c', 'c0')];
  await yielded();
  running.push(works.run('b', 'b1'));
  const order = ['a0', 'a1', 'a2', 'b0', 'c0', 'a3', 'b1', 'a4', 'a5'];
  for (const name of order) await works.end(name);
  await Promise.all(running);
  assert.deepEqual(works.begun, order);
});

test('who waits leaves when its signal aborts, and takes no slot', async () => {
  const works = new Works(new Slots({ all: 1, each: 1 }));
  const first = works.run('a', 'first');
  await yielded();
  const stop = new AbortController();
  const left = works.run('a', 'left', stop.signal);
  const next = works.run('b', 'next');
  stop.abort(new Error('gone'));
  await assert.rejects(left, /gone/);
  await assert.rejects(works.run('a', 'late', stop.signal), /gone/);
  await works.end('first');
  assert.deepEqual(works.begun, ['first', 'next']);
  await works.end('next');
  await Promise.all([first, next]);
  const again = works.run('a', 'again');
  await yielded();
  await works.end('again');
  await again;
});

test('work that fails gives its slot back', async () => {
  const slots = new Slots({ all: 1, each: 1 });
  const fail = async (): Promise<never> => Promise.reject(new Error('no'));
  await assert.rejects(slots.run('a', NEVER, fail), /no/);
  assert.equal(await slots.run('a', NEVER, async () => 7), 7);
});
