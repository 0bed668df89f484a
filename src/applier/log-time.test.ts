import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { appliedUntil, LOG_BEGIN, logTimeAfter } from './log-time.ts';
import type { ReadEntries } from './log-time.ts';

const READ: ReadEntries = { entries: [], isFull: false, isEachLaneRead: true, readAt: 1000 };

suite('the time until which the lanes are applied (docs/specs/retries.md, R6)', () => {
  test('nothing is applied before the first read', () => {
    assert.equal(appliedUntil(LOG_BEGIN), 0);
  });

  test('a batch that left nothing behind is applied until its read', () => {
    const entries = [{ lane: 'normal', acceptedAt: 400 }] as const;
    assert.equal(appliedUntil(logTimeAfter(LOG_BEGIN, { ...READ, entries })), 1000);
  });

  test('of a lane that goes on, until its last entry; of one that had none, until the read', () => {
    const entries = [
      { lane: 'high', acceptedAt: 300 },
      { lane: 'high', acceptedAt: 600 },
      { lane: 'events', acceptedAt: 100 },
    ] as const;
    const time = logTimeAfter(LOG_BEGIN, { ...READ, entries, isFull: true });
    assert.deepEqual(time, { high: 600, normal: 1000 });
    assert.equal(appliedUntil(time), 600);
  });

  test('a lane that was not looked at stays where it was', () => {
    const entries = [{ lane: 'high', acceptedAt: 600 }] as const;
    const time = logTimeAfter({ high: 1, normal: 2 }, { ...READ, entries, isFull: true, isEachLaneRead: false });
    assert.deepEqual(time, { high: 600, normal: 2 });
  });

  test('a sender whose clock is ahead does not bring it ahead', () => {
    const entries = [{ lane: 'normal', acceptedAt: 9000 }] as const;
    assert.equal(appliedUntil(logTimeAfter(LOG_BEGIN, { ...READ, entries, isFull: true })), 1000);
  });
});
