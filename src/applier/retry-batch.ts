/**
 * Tries waiting objects again, in one transaction: for what was decided the wait ends, the rest is postponed (law 3).
 * Owns: the order of these steps. Never: decides when (see retry-turns.ts).
 */
import type { EventTable } from '#model/event-table.ts';
import type { FailureRecord } from '#model/fates.ts';
import type { RetrySchedule } from '#model/retry-schedule.ts';
import type { ObjectFailure } from '#model/upsert-run.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { FateCounts, ObjectKind } from '#model/words.ts';
import type { Store, StoreTransaction, WaitingLimit } from '#ports/store.ts';
import { eventsAt, freshEvents } from './event-keys.ts';
import { appendEvents, defineEvents } from './events.ts';
import { journalResults, settledRequests } from './journal-results.ts';
import { RetryFates } from './retry-fates.ts';
import type { SettledObjects } from './retry-fates.ts';
import { planRetries } from './retry-plan.ts';
import type { RetryEvents, RetryPlan, RetryPlanning, Tried } from './retry-plan.ts';
import { defineObjects, upsertAll } from './upserts.ts';

/**
 * `try`: each object is tried. `postpone`: the store has no memory for them; they count as tried.
 * A failure: the store refuses them; they fail with it.
 */
export type RetryManner = 'try' | 'postpone' | ObjectFailure;

export interface RetryRequest extends RetryPlanning {
  readonly manner: RetryManner;
  /** Objects that are due then, in milliseconds since 1970, are taken. */
  readonly dueAt: number;
  readonly limit: WaitingLimit;
  readonly eventTables: ReadonlyMap<string, EventTable>;
  readonly maxColumns: number;
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** Within which events of equal idempotency keys are one. */
  readonly idempotencyWindowMs: number;
  readonly schedule: RetrySchedule;
  /** Told which objects the transaction takes, before it touches any. */
  readonly taken: (due: readonly WaitingObject[]) => void;
}

export interface Retried {
  /** How many were tried; 0 when none was due. */
  readonly objects: number;
  readonly postponed: number;
  /** Final fates by kind. */
  readonly counts: ReadonlyMap<ObjectKind, Readonly<FateCounts>>;
  readonly failures: readonly FailureRecord[];
  /** How many of the events count as stored and made no rows. */
  readonly duplicates: number;
  /** Event tables whose schema or row count the batch changed. */
  readonly eventTables: readonly EventTable[];
  /** Ordinal of the last event that it wrote into the journal; absent when it wrote none. */
  readonly journalled: number | undefined;
}

/** Rejects as `Store.transaction` does; then nothing of the batch has happened. */
export function retryBatch(store: Pick<Store, 'transaction'>, request: RetryRequest): Promise<Retried> {
  return store.transaction(request.workspace.munchkinId, (transaction) => retryWithin(transaction, request));
}

async function retryWithin(transaction: StoreTransaction, request: RetryRequest): Promise<Retried> {
  const { schedule, now, manner } = request;
  const due = await transaction.dueWaiting(request.dueAt, mostOf(request.limit));
  const fates = new RetryFates(schedule, { now, dueAt: request.dueAt });
  let eventTables: readonly EventTable[] = [];
  if (manner === 'try') {
    const tried = await withVersions(transaction, due, request.limit);
    request.taken(tried.objects);
    eventTables = await tryAll(transaction, { request, tried, fates });
  } else {
    request.taken(due);
    await settle(transaction, untried(due, manner, fates));
  }
  if (fates.failures.length > 0) await transaction.recordFailures(fates.failures);
  const changes = fates.changes();
  if (changes.length > 0) await transaction.settleRequests(changes);
  const { postponed, failures, duplicates } = fates;
  const { munchkinId: workspace } = request.workspace;
  const settled = settledRequests(changes, failures);
  const journalled = await journalResults(transaction, { workspace, now, requests: [], failures: [], settled });
  const counts = fates.counts();
  const decided = [...counts.values()].reduce((sum, each) => sum + total(each), 0);
  return { objects: postponed + decided, postponed, counts, failures, duplicates, eventTables, journalled };
}

// The rest is for the versions behind them, so that an object that was changed often while it waited is written in one
// batch, and not in as many as it has versions.
const DUE_SHARE = 0.8;

function mostOf({ objects, bytes }: WaitingLimit): WaitingLimit {
  return { objects: Math.ceil(objects * DUE_SHARE), bytes: Math.ceil(bytes * DUE_SHARE) };
}

async function withVersions(
  transaction: StoreTransaction,
  due: readonly WaitingObject[],
  limit: WaitingLimit,
): Promise<Tried> {
  const objects = limit.objects - due.length;
  if (due.length === 0 || objects <= 0) return { objects: due, wholeUpTo: 0 };
  const orders = due.map(({ order }) => order);
  const bytes = Math.floor(limit.bytes * (1 - DUE_SHARE));
  const behind = await transaction.waitingBehind(orders, { objects, bytes });
  const all = [...due, ...behind.objects].sort((a, b) => a.order - b.order);
  return { objects: all, wholeUpTo: behind.hasMore ? (behind.objects.at(-1)?.order ?? 0) : Infinity };
}

function total({ created, updated, stored, deleted, failed }: Readonly<FateCounts>): number {
  return created + updated + stored + deleted + failed;
}

function untried(due: readonly WaitingObject[], manner: 'postpone' | ObjectFailure, fates: RetryFates): SettledObjects {
  if (manner === 'postpone') return fates.unavailable(due);
  for (const waiting of due) fates.failed(waiting, manner);
  return { removed: due.map(({ order }) => order), postponed: [] };
}

interface Trying {
  readonly request: RetryRequest;
  readonly tried: Tried;
  readonly fates: RetryFates;
}

async function tryAll(
  transaction: StoreTransaction,
  { request, tried, fates }: Trying,
): Promise<readonly EventTable[]> {
  const { workspace, multipleMatches, idempotencyWindowMs } = request;
  const plan = planRetries(tried, request);
  await defineObjects(transaction, workspace, plan);
  const fresh = await freshEvents(transaction, plan.eventTables, { idempotencyWindowMs, only: onlyThese });
  const events = await defineEvents(transaction, fresh.byTable, request);
  // What has failed already must be out of the way of later versions of it.
  await settle(transaction, withoutTry(plan, fates));
  await upsertAll(transaction, plan, {
    workspace,
    multipleMatches,
    objects: ({ slots }) => ({
      requestIds: slots.map(({ requestId }) => requestId),
      indexes: slots.map(({ index }) => index),
      decidedAt: request.now,
    }),
    decided: async (retried, run, answer) => settle(transaction, fates.decided(retried, run, answer)),
  });
  for (const { waiting } of [...fresh.byTable.values()].flat()) fates.stored(waiting);
  for (const { part, of } of fresh.repeated) fates.repeated(part.waiting, of);
  const stored = [...plan.eventTables.values()].flat().map(({ waiting }) => waiting);
  const eventTables = await appendEvents(transaction, events);
  await settle(transaction, { removed: stored.map(({ order }) => order), postponed: [] });
  return eventTables;
}

function onlyThese(part: RetryEvents, places: readonly number[]): RetryEvents {
  return { ...part, events: eventsAt(part, places) };
}

function withoutTry({ failures }: RetryPlan, fates: RetryFates): SettledObjects {
  for (const { waiting, failure } of failures) fates.failed(waiting, failure);
  return { removed: failures.map(({ waiting }) => waiting.order), postponed: [] };
}

// Postponed before others are removed: what a removal makes due at once must stay so.
async function settle(transaction: StoreTransaction, { removed, postponed }: SettledObjects): Promise<void> {
  if (postponed.length > 0) await transaction.postponeWaiting(postponed);
  if (removed.length > 0) await transaction.removeWaiting(removed);
}
