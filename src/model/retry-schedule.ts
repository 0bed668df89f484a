/**
 * When an object that could not be decided is tried again, and when it has been tried for the last time.
 *
 *   first try ──5 m──► retry ──30 m──► retry ──30 m──► last retry ──► fails with the code that it waited with
 *       each wait up to a tenth longer, by chance, so that what fell due together spreads
 *
 * Owns: the arithmetic of docs/specs/retries.md. Never: looks at a clock, or tries anything.
 */
import type { ObjectFailure } from './upsert-run.ts';
import type { WaitingObject, WaitReason, WaitState } from './waiting.ts';

export interface RetrySchedule {
  /** The waits before each retry, in milliseconds. */
  readonly waitsMs: readonly number[];
  /** Random number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/** A try that decided nothing for good. */
export interface Try {
  readonly reason: WaitReason;
  /** What the object fails with if this was its last try. */
  readonly failure: ObjectFailure;
  /** How it waited until then; absent at its first try. */
  readonly before?: Pick<WaitingObject, 'reason' | 'attempts' | 'nextAttemptAt'>;
  /** Acceptance of the object and time of the try, in milliseconds since 1970. */
  readonly acceptedAt: number;
  readonly at: number;
  /** From 0 to 1; the same for objects that are to fall due together. */
  readonly chance: number;
}

/** What a wait may be longer than the schedule says, as a share of it. */
const SPREAD = 0.1;

/** What a store says of an object that was made due before its time. */
const DUE_AT_ONCE = 0;

/** How the object goes on waiting. Undefined: this was its last try. */
export function afterTry({ waitsMs }: Pick<RetrySchedule, 'waitsMs'>, tried: Try): WaitState | undefined {
  const { reason, failure, at, chance } = tried;
  const state = { reason, code: failure.code, message: failure.message };
  if (reason === 'behind') return behind(waitsMs, state, tried);
  const attempts = triesUsed(waitsMs, tried);
  const waitMs = waitsMs[attempts - 1];
  if (waitMs === undefined) return undefined;
  return { ...state, attempts, nextAttemptAt: Math.ceil(at + waitMs * (1 + SPREAD * chance)) };
}

// It is due when nothing is before it. One that was due so, and is found behind another all the same, has been given
// other keys since it began to wait; without a time it might be due for ever.
function behind(
  waitsMs: readonly number[],
  state: Pick<WaitState, 'reason' | 'code' | 'message'>,
  { before, at }: Try,
): WaitState {
  const waiting = { ...state, attempts: before?.attempts ?? 1 };
  return before?.reason === 'behind' ? { ...waiting, nextAttemptAt: at + (waitsMs[0] ?? 0) } : waiting;
}

/** How many of an object's tries are used up, this one included, when it has been tried in vain. */
function triesUsed(waitsMs: readonly number[], { reason, before, acceptedAt, at }: Try): number {
  if (before === undefined) return 1;
  // One for which a batch had no room lay behind others as well, and asks for its person for the first time.
  const hadNoRoom = before.reason === 'transient' && reason === 'no-person';
  const isEarly = before.reason === 'behind' || before.nextAttemptAt === DUE_AT_ONCE || hadNoRoom;
  return isEarly ? Math.max(before.attempts, 1 + passedRetries(waitsMs, at - acceptedAt)) : before.attempts + 1;
}

/**
 * How many retries would have fallen due in that time. An object that waits behind another has no others; and one that
 * is woken before its time, for a person that is gone again, loses none that was still to come.
 */
function passedRetries(waitsMs: readonly number[], elapsedMs: number): number {
  let dueMs = 0;
  let passed = 0;
  for (const waitMs of waitsMs) {
    dueMs += waitMs;
    if (dueMs > elapsedMs) break;
    passed += 1;
  }
  return passed;
}
