/** Requests, failures and waiting objects as the applier would have left them in a store. */
import { TEST_NOW } from '../../tests/support/http-api.ts';
import type { TestApi } from '../../tests/support/http-api.ts';
import { noFates } from '#model/fates.ts';
import type { FailureRecord, RequestRecord } from '#model/fates.ts';
import type { NewWaitingObject } from '#model/waiting.ts';
import type { Position, RequestId } from '#model/words.ts';

/** Rising with `at`. */
export function idOf(at: number): RequestId {
  return `01900000-0000-7000-8000-${String(at).padStart(12, '0')}` as RequestId;
}

export function recordOf(at: number, change: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId: idOf(at),
    kind: 'person',
    type: 'persons',
    clientId: 'c',
    lane: 'normal',
    position: at as Position,
    acceptedAt: TEST_NOW + at,
    finishedAt: TEST_NOW + at + 5,
    warnings: [],
    counts: { ...noFates(), received: 3, created: 2, failed: 1 },
    ...change,
  };
}

/** A request of which objects wait. */
export function unfinishedOf(at: number, change: Partial<RequestRecord> = {}): RequestRecord {
  const { finishedAt: _, ...unfinished } = recordOf(at, change);
  return unfinished;
}

export function failureOf(request: number, index: number, change: Partial<FailureRecord> = {}): FailureRecord {
  return {
    requestId: idOf(request),
    index,
    kind: 'person',
    type: 'persons',
    key: '{"email":"a@b.de"}',
    code: '1003',
    message: 'Invalid value',
    object: '{"email":"a@b.de","big":12345678901234567890}',
    failedAt: TEST_NOW,
    attempts: 1,
    acceptedAt: TEST_NOW - 1000,
    settings: { kind: 'person', partitionName: 'Default', dedupeFields: ['email'] },
    ...change,
  };
}

/** What is left of a request whose body could not be read. */
export function unreadableOf(request: number): FailureRecord {
  const { settings: _, ...unreadable } = failureOf(request, -1, { object: 'eyJ4', key: '{}', code: '1000' });
  return unreadable;
}

export function waitingOf(request: number, index: number, change: Partial<NewWaitingObject> = {}): NewWaitingObject {
  return {
    requestId: idOf(request),
    index,
    kind: 'customObject',
    type: 'purchases',
    settings: { kind: 'customObject', apiName: 'purchases', dedupeBy: 'dedupeFields' },
    object: '{"vin":"1","email":"a@b.de"}',
    keyText: '{"vin":"1"}',
    acceptedAt: TEST_NOW,
    reason: 'no-person',
    code: '1004',
    message: 'Lead not found',
    attempts: 1,
    nextAttemptAt: TEST_NOW + 300_000,
    ...change,
  };
}

export interface Kept {
  readonly requests?: readonly RequestRecord[];
  readonly failures?: readonly FailureRecord[];
  readonly waiting?: readonly NewWaitingObject[];
}

export async function keep({ store, owner }: TestApi, kept: Kept): Promise<void> {
  await store.transaction(owner.munchkinId, async (transaction) => {
    await transaction.recordRequests(kept.requests ?? []);
    await transaction.recordFailures(kept.failures ?? []);
    await transaction.addWaiting(kept.waiting ?? []);
  });
}
