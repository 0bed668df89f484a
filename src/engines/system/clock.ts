/**
 * The real world: time as the machine tells it.
 * Owns: nothing. Never: decides when anything happens.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#ports/clock.ts';

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  },
};
