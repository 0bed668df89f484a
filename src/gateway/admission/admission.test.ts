import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { MunchkinId } from '#model/words.ts';
import { DailyQuota } from './daily-quota.ts';
import { daysIn } from './quota-day.ts';
import { RateLimiter } from './rate-limiter.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const HOUR_MS = 3_600_000;

describe('days in a time zone', () => {
  const DAYS: readonly (readonly [zone: string, at: string, day: string, hours: number])[] = [
    ['UTC', '2026-11-23T00:00:00Z', '2026-11-23', 24],
    ['America/Chicago', '2026-11-23T05:59:59.999Z', '2026-11-22', 24],
    ['America/Chicago', '2026-11-01T12:00:00Z', '2026-11-01', 25],
    ['America/Chicago', '2026-03-08T12:00:00Z', '2026-03-08', 23],
    ['Asia/Kathmandu', '2026-11-22T18:15:00Z', '2026-11-23', 24],
  ];
  for (const [zone, at, day, hours] of DAYS) {
    test(`${zone} at ${at}`, () => {
      const found = daysIn(zone)(Date.parse(at));
      assert.deepEqual([found.day, (found.untilMs - found.fromMs) / HOUR_MS], [day, hours]);
    });
  }

  test('every moment lies in its day, and days follow each other without a gap', () => {
    const moment = fc.integer({ min: 0, max: 4_000_000_000_000 });
    const zone = fc.constantFrom('UTC', 'America/Chicago', 'Europe/Berlin', 'Asia/Tokyo', 'Australia/Lord_Howe');
    fc.assert(
      fc.property(zone, moment, (timeZone, nowMs) => {
        const dayOf = daysIn(timeZone);
        const today = dayOf(nowMs);
        assert.ok(today.fromMs <= nowMs && nowMs < today.untilMs);
        assert.equal(dayOf(today.untilMs).fromMs, today.untilMs);
        assert.notEqual(dayOf(today.fromMs - 1).day, today.day);
      }),
      { numRuns: 50 },
    );
  });

  test('an unknown zone is a RangeError', () => {
    assert.throws(() => daysIn('Nowhere/Else'), RangeError);
  });
});

describe('the daily quota', () => {
  test('requests that come at once never pass the day together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 0, max: 100 }),
        async (sizes, usedBefore) => {
          const quota = new DailyQuota(100, { objectsOfDay: async () => usedBefore }, daysIn('UTC'));
          const answers = await Promise.all(sizes.map((objects) => quota.reserve(WORKSPACE, objects, 0)));
          const granted = answers.flatMap((answer) => ('objects' in answer ? [answer] : []));
          const sum = granted.reduce((all, { objects }) => all + objects, usedBefore);
          assert.ok(sum <= 100);
          const smallestRefused = Math.min(...sizes.filter((_, at) => !('objects' in (answers[at] ?? {}))));
          assert.ok(sum + smallestRefused > 100, 'what was refused did not fit');
          granted.forEach((reservation) => quota.release(reservation));
          assert.equal(quota.left(WORKSPACE, 0)?.objects, 100 - usedBefore);
          const again = await quota.reserve(WORKSPACE, 100 - usedBefore || 1, 0);
          assert.equal('objects' in again, usedBefore < 100, 'what was given back can be taken again');
        },
      ),
    );
  });

  test('a count that the log could not tell is asked for again', async () => {
    let isFailing = true;
    const objectsOfDay = async (): Promise<number> => (isFailing ? Promise.reject(new Error('down')) : 0);
    const quota = new DailyQuota(1, { objectsOfDay }, daysIn('UTC'));
    await assert.rejects(quota.reserve(WORKSPACE, 1, 0));
    isFailing = false;
    assert.ok('objects' in (await quota.reserve(WORKSPACE, 1, 0)));
  });
});

describe('the rate limiter', () => {
  test('law 6: in any window of one second a client passes at most its share', () => {
    const calls = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(400)), { maxLength: 60 });
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 5 }), (steps, share) => {
        const limiter = new RateLimiter(share);
        const passed = new Map<string, number>();
        let nowMs = 0;
        for (const [client, waitMs] of steps) {
          nowMs += waitMs;
          const window = `${client} ${Math.floor(nowMs / 1000)}`;
          const before = passed.get(window) ?? 0;
          assert.equal(limiter.admit(client, nowMs), before < share);
          passed.set(window, Math.min(before + 1, share));
        }
      }),
    );
  });
});
