import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacer } from './pacer.ts';
import type { PacerOptions } from './pacer.ts';

/** Time that passes while pieces run and while the pacer sleeps; the rest of the process is as busy as it is told. */
class World {
  nowMs = 0;
  othersMs = 0;
  ownMs = 0;
  load = 0;
  /** What the rest has to do as soon as it gets a turn. */
  #owed = 0;
  readonly rests: number[] = [];

  pacer(options: Partial<PacerOptions> = {}): Pacer {
    return new Pacer({ clock: this, activeMs: () => this.othersMs + this.ownMs, ...options });
  }

  monotonic(): number {
    return this.nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.rests.push(ms);
    await new Promise(setImmediate);
    signal?.throwIfAborted();
    // A turn of the event loop takes a while, and those who waited for it get all that they need.
    const until = this.nowMs + Math.max(ms, 0.1);
    while (this.#owed > 0.01) this.#pass(this.#owed, this.#owed);
    const left = Math.max(0, until - this.nowMs);
    this.#pass(left, left * this.load);
    this.#owed = 0;
  }

  work(ms: number): void {
    this.ownMs += ms;
    this.nowMs += ms;
    this.#owed += ms * this.load;
  }

  #pass(ms: number, usedMs: number): void {
    this.nowMs += ms;
    this.othersMs += usedMs;
    this.#owed = ms * this.load;
  }
}

async function runFor(world: World, pacer: Pacer, options: { pieces: number; pieceMs: number }): Promise<void> {
  const { pieces, pieceMs } = options;
  await Promise.all(Array.from({ length: pieces }, () => pacer.run(() => world.work(pieceMs))));
}

test('pieces run in the order of the calls, and give what they give', async () => {
  const pacer = new World().pacer();
  const order: number[] = [];
  const given = await Promise.all([1, 2, 3].map((n) => pacer.run(() => order.push(n) * 10)));
  assert.deepEqual(order, [1, 2, 3]);
  assert.deepEqual(given, [10, 20, 30]);
});

test('a piece that throws fails alone', async () => {
  const pacer = new World().pacer();
  const failing = pacer.run(() => {
    throw new Error('own');
  });
  const next = pacer.run(() => 'ran');
  await assert.rejects(failing, /own/);
  assert.equal(await next, 'ran');
});

test('while the rest is idle pieces get nearly all of the time, in slices', async () => {
  const world = new World();
  const pacer = world.pacer();
  await runFor(world, pacer, { pieces: 1_000, pieceMs: 0.5 });
  assert.ok(world.ownMs / world.nowMs > 0.9, `${world.ownMs} of ${world.nowMs} ms`);
  assert.ok(world.rests.length >= 200, 'others got their turn between the slices');
  assert.deepEqual(new Set(world.rests), new Set([0]));
});

test('while the rest is busy pieces keep to their share', async () => {
  const world = new World();
  world.load = 0.8;
  const pacer = world.pacer({ share: 0.05 });
  await runFor(world, pacer, { pieces: 100, pieceMs: 0.5 });
  const begun = { now: world.nowMs, own: world.ownMs };
  await runFor(world, pacer, { pieces: 1_000, pieceMs: 0.5 });
  const share = (world.ownMs - begun.own) / (world.nowMs - begun.now);
  assert.ok(share <= 0.055 && share > 0.02, `${share}`);
});

test('its own pieces do not count as business of the rest', async () => {
  const world = new World();
  const pacer = world.pacer();
  await runFor(world, pacer, { pieces: 2_000, pieceMs: 1 });
  assert.equal(pacer.isBusy(), false);
});

test('it speeds up again once the rest is idle', async () => {
  const world = new World();
  world.load = 0.9;
  const pacer = world.pacer();
  await runFor(world, pacer, { pieces: 100, pieceMs: 0.5 });
  assert.equal(pacer.isBusy(), true);
  world.load = 0;
  await runFor(world, pacer, { pieces: 20, pieceMs: 0.5 });
  const { nowMs } = world;
  await runFor(world, pacer, { pieces: 100, pieceMs: 0.5 });
  assert.ok(world.nowMs - nowMs < 60, `${world.nowMs - nowMs} ms for 50 ms of pieces`);
});

test('a rest is as long as the share demands, bounded, and none while idle', async () => {
  const world = new World();
  const pacer = world.pacer({ share: 0.1 });
  await pacer.rest(10);
  assert.deepEqual(world.rests, []);
  world.load = 0.9;
  await runFor(world, pacer, { pieces: 200, pieceMs: 0.5 });
  world.rests.length = 0;
  await pacer.rest(10);
  await pacer.rest(1_000_000);
  assert.deepEqual(world.rests.map(Math.round), [90, 2_000]);
});

test('after a stop nothing runs any more', async () => {
  const world = new World();
  const pacer = world.pacer();
  let ran = 0;
  for (let n = 0; n < 100; n += 1) void pacer.run(() => ((ran += 1), world.work(1)));
  pacer.stop();
  const before = ran;
  void pacer.run(() => (ran += 1));
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  assert.equal(ran, before);
  assert.ok(before < 100);
});
