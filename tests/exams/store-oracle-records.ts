/** The requests, failures and idempotency keys of random batches. */
import { must } from '#kit/assert.ts';
import { noFates } from '#model/fates.ts';
import type { KeyClaim } from '#model/idempotency.ts';
import type { FateCounts, RequestId } from '#model/words.ts';
import type { StoreTransaction } from '#ports/store.ts';
import { type Batch, WINDOW_MS } from './store-oracle.ts';
import { failureRecord, NOON, requestId, requestRecord } from './store-subject.ts';

/** Numbers of requests begin with 1, since their records do. */
export function requestOf(n: number): RequestId {
  return requestId(n + 1);
}

export function counts(received: number, pending: number): FateCounts {
  return { ...noFates(), received, created: received - pending, pending };
}

export async function recordRequest(transaction: StoreTransaction, n: number, pending: number): Promise<void> {
  const { finishedAt, ...request } = requestRecord(n + 1, { counts: counts(pending + 2, pending) });
  const replayed = n % 3 === 1 ? { replayOf: [requestOf(n - 1)] } : {};
  await transaction.recordRequests([
    { ...request, ...replayed, ...(pending === 0 && { finishedAt: must(finishedAt, 'done') }) },
  ]);
}

/** Half a window lies between batches. */
export function claimsOf({ claims }: Batch, n: number): readonly KeyClaim[] {
  return claims.map(({ key, after }) => ({
    key,
    requestId: requestOf(n),
    acceptedAt: NOON + (n * WINDOW_MS) / 2 + after,
  }));
}

export async function recordFailures(
  transaction: StoreTransaction,
  { failures, replays }: Batch,
  n: number,
): Promise<void> {
  const failed = Array.from({ length: failures }, (_, index) => failureRecord(n + 1, index));
  await transaction.recordFailures(failed);
  if (replays === null) return;
  const ref = { requestId: requestOf(replays), index: 0 };
  const [found] = await transaction.failures([ref]);
  if (found !== undefined && found.replayedBy === undefined) await transaction.markReplayed([ref], requestOf(n));
}
