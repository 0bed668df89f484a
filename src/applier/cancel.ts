/**
 * Ends the wait of a request's objects, as an operator has commanded: they fail with what they wait with.
 * Owns: how many are ended at once. Never: touches an object that does not wait.
 */
import type { FailureRecord } from '#model/fates.ts';
import { noFates } from '#model/fates.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { ObjectKind, RequestId } from '#model/words.ts';
import type { StoreTransaction, WaitingLimit } from '#ports/store.ts';
import { FailureSample } from '#protocols/journaling/failure-sample.ts';
import { retryFailure } from './retry-fates.ts';

/** What a command has ended. */
export interface CancelledWaits {
  readonly requestId: RequestId;
  /** One per object. */
  readonly failures: readonly { readonly kind: ObjectKind; readonly code: string }[];
  /** The same for the journal. */
  readonly sample: FailureSample;
}

/** A request may have more objects than are held in memory at once (law 6). */
const PART: WaitingLimit = { objects: 5_000, bytes: 8 * 1024 * 1024 };

const BY_OPERATOR = '; the wait was ended by an operator';

/** `now` in milliseconds since 1970. */
export async function cancelWaiting(
  transaction: StoreTransaction,
  requestId: RequestId,
  now: number,
): Promise<CancelledWaits> {
  const failures: { kind: ObjectKind; code: string }[] = [];
  const sample = new FailureSample();
  for (;;) {
    const part = await transaction.waitingOf(requestId, PART);
    if (part.length === 0) break;
    const failed = part.map((waiting) => cancelledFailure(waiting, now));
    await transaction.recordFailures(failed);
    await transaction.removeWaiting(part.map(({ order }) => order));
    const counts = { ...noFates(), failed: part.length, pending: -part.length };
    await transaction.settleRequests([{ requestId, counts, at: now }]);
    failures.push(...part.map(({ kind, code }) => ({ kind, code })));
    for (const failure of failed) sample.add(failure);
  }
  return { requestId, failures, sample };
}

function cancelledFailure(waiting: WaitingObject, failedAt: number): FailureRecord {
  const { attempts, code, message } = waiting;
  return retryFailure(waiting, { code, message: `${message}${BY_OPERATOR}`, attempts, failedAt });
}
