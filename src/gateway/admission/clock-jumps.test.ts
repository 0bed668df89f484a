/** Quotas under a wall clock that is set back and forth, by seconds and by days. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { MunchkinId } from '#model/words.ts';
import { DailyQuota } from './daily-quota.ts';
import type { Reservation } from './daily-quota.ts';
import { daysIn } from './quota-day.ts';
import { RateLimiter } from './rate-limiter.ts';

const WORKSPACES = ['123-ABC-456', '999-XYZ-999'] as MunchkinId[];
const NOON = Date.UTC(2026, 10, 23, 12);
const SECOND_MS = 1000;
const DAY_MS = 86_400 * SECOND_MS;
const DAILY_OBJECTS = 20;

type Step =
  | { readonly kind: 'jump'; readonly ms: number }
  | { readonly kind: 'reserve'; readonly workspace: number; readonly objects: number }
  | { readonly kind: 'end'; readonly which: number; readonly isTaken: boolean }
  | { readonly kind: 'restart' };

const jump = fc.oneof(
  fc.integer({ min: -90, max: 90 }).map((seconds) => seconds * SECOND_MS),
  fc.integer({ min: -3, max: 3 }).map((days) => days * DAY_MS),
  // To the edge of a day and a little over it.
  fc.constantFrom(-DAY_MS / 2 - SECOND_MS, -DAY_MS / 2, DAY_MS / 2 - SECOND_MS, DAY_MS / 2),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: jump.map((ms): Step => ({ kind: 'jump', ms })) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      workspace: fc.nat(1),
      objects: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(50), isTaken: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'restart' }) },
);

/** What a log keeps of each workspace's day, and what a naive model adds for requests under way. */
class World {
  readonly log: Map<string, number> = new Map();
  readonly underWay: { readonly workspace: MunchkinId; readonly reserved: Reservation }[] = [];
  quota: DailyQuota = this.#opened();
  nowMs: number = NOON;

  async take(each: Step): Promise<void> {
    switch (each.kind) {
      case 'jump':
        this.nowMs += each.ms;
        return;
      case 'reserve':
        return this.#reserve(WORKSPACES[each.workspace] as MunchkinId, each.objects);
      case 'end':
        return this.#end(each);
      case 'restart':
        // A crash: what was under way was neither answered nor written.
        this.underWay.length = 0;
        this.quota = this.#opened();
    }
  }

  async #reserve(workspace: MunchkinId, objects: number): Promise<void> {
    const day = new Date(this.nowMs).toISOString().slice(0, 10);
    const used = this.#used(workspace, day);
    const answer = await this.quota.reserve(workspace, objects, this.nowMs);
    if (!('objects' in answer)) {
      assert.ok(used + objects > DAILY_OBJECTS, `${objects} of ${DAILY_OBJECTS - used} left of ${day} were refused`);
      assert.ok(answer.retryAfterSeconds >= 1 && answer.retryAfterSeconds <= DAY_MS / SECOND_MS);
      return;
    }
    assert.ok(used + objects <= DAILY_OBJECTS, `${objects} of ${DAILY_OBJECTS - used} left of ${day} were taken`);
    assert.equal(answer.day, day);
    this.underWay.push({ workspace, reserved: answer });
    assert.equal(this.quota.left(workspace, this.nowMs)?.objects, DAILY_OBJECTS - used - objects);
  }

  #end({ which, isTaken }: Extract<Step, { kind: 'end' }>): void {
    const [ended] = this.underWay.splice(which % Math.max(1, this.underWay.length), 1);
    if (ended === undefined) return;
    const { workspace, reserved } = ended;
    if (!isTaken) {
      this.quota.release(reserved);
      return;
    }
    const key = `${workspace} ${reserved.day}`;
    this.log.set(key, (this.log.get(key) ?? 0) + reserved.objects);
    this.quota.keep(reserved);
  }

  #used(workspace: MunchkinId, day: string): number {
    const reserved = this.underWay.filter((each) => each.workspace === workspace && each.reserved.day === day);
    const inLog = this.log.get(`${workspace} ${day}`) ?? 0;
    return reserved.reduce((sum, each) => sum + each.reserved.objects, inLog);
  }

  #opened(): DailyQuota {
    const objectsOfDay = async (workspace: MunchkinId, day: string): Promise<number> =>
      this.log.get(`${workspace} ${day}`) ?? 0;
    return new DailyQuota(DAILY_OBJECTS, { objectsOfDay }, daysIn('UTC'));
  }
}

describe('law 6: the daily quota under a jumping clock', () => {
  test('each day has one count, exactly used up, whenever the clock comes to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
        const world = new World();
        for (const each of steps) await world.take(each);
      }),
      { numRuns: 300 },
    );
  });

  test('a clock that is set back gives nothing back, and one that is set right again blocks nothing', async () => {
    const world = new World();
    const use = (objects: number) => world.quota.reserve(WORKSPACES[0] as MunchkinId, objects, world.nowMs);
    assert.ok('objects' in (await use(DAILY_OBJECTS)));
    for (const ms of [-10 * SECOND_MS, 20 * SECOND_MS, -400 * DAY_MS, 400 * DAY_MS]) {
      world.nowMs += ms;
      if (Math.abs(ms) < DAY_MS || ms > 0) assert.ok('retryAfterSeconds' in (await use(1)), 'the same day');
      else assert.ok('objects' in (await use(1)), 'another day');
    }
    world.nowMs += DAY_MS;
    assert.ok('objects' in (await use(DAILY_OBJECTS)), 'the next day');
  });

  test('requests that wait for the first answer of the log count for their own day, though the clock jumps', async () => {
    const asked: string[] = [];
    const gate = Promise.withResolvers<void>();
    const objectsOfDay = async (_workspace: MunchkinId, day: string): Promise<number> => {
      asked.push(day);
      await gate.promise;
      return 0;
    };
    const quota = new DailyQuota(1, { objectsOfDay }, daysIn('UTC'));
    const [workspace] = WORKSPACES as [MunchkinId];
    const moments = [0, 0, 1, 0, 1, -1, 0].map((days) => NOON + days * DAY_MS);
    const answers = moments.map((nowMs) => quota.reserve(workspace, 1, nowMs));
    assert.equal(quota.left(workspace, NOON), undefined, 'not known yet');
    gate.resolve();
    const taken = (await Promise.all(answers)).flatMap((answer) => ('objects' in answer ? [answer.day] : []));
    assert.deepEqual(taken.toSorted(), ['2026-11-22', '2026-11-23', '2026-11-24'], 'one of each day');
    assert.deepEqual(asked.toSorted(), ['2026-11-22', '2026-11-23', '2026-11-24'], 'each asked for once');
  });
});

test('law 6: rate windows go by the monotonic clock and know no other', () => {
  const limiter = new RateLimiter(2);
  assert.deepEqual([limiter.admit('a', 5000), limiter.admit('a', 5999), limiter.admit('a', 5999)], [true, true, false]);
  assert.deepEqual([limiter.left('a', 5999), limiter.left('b', 5999)], [0, 2]);
  assert.equal(limiter.left('a', 6000), 2);
  assert.equal(limiter.admit('a', 6000), true);
});
