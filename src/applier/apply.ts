/**
 * Applies a planned batch in one transaction: schema, rows, fates, checkpoint (law 3).
 * Owns: the order of these steps. Never: decides whether to try again (see lifecycle.ts).
 */
import type { Workspace } from '#model/definitions.ts';
import type { EventTable } from '#model/event-table.ts';
import type { FailureRecord, FailureRef, RequestRecord } from '#model/fates.ts';
import { noFates } from '#model/fates.ts';
import type { RetrySchedule } from '#model/retry-schedule.ts';
import { LANES } from '#model/words.ts';
import type { RequestId } from '#model/words.ts';
import type { Checkpoint, Store, StoreTransaction } from '#ports/store.ts';
import { cancelWaiting } from './cancel.ts';
import type { CancelledWaits } from './cancel.ts';
import { dropTables, without } from './drop-tables.ts';
import { eventsAt, freshEvents } from './event-keys.ts';
import { appendEvents, defineEvents } from './events.ts';
import { Fates } from './fates.ts';
import type { Witness } from './fates.ts';
import { journalResults } from './journal-results.ts';
import type { SettledRequest } from './journal-results.ts';
import type { PlannedBatch, PlannedEvents } from './planned.ts';
import { defineObjects, upsertAll } from './upserts.ts';

export interface ApplyRequest {
  readonly workspace: Workspace;
  readonly batch: PlannedBatch;
  /** The store cannot take the batch for the moment: all its objects are put into waiting. */
  readonly isSetAside: boolean;
  /** Where the lanes stand once the batch is applied. */
  readonly upTo: Checkpoint;
  /** Schemas of the event tables as the store has them. */
  readonly eventTables: ReadonlyMap<string, EventTable>;
  readonly maxColumns: number;
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** Within which events of equal idempotency keys are one. */
  readonly idempotencyWindowMs: number;
  readonly schedule: RetrySchedule;
  /** Milliseconds since 1970: when the fates became final. */
  readonly now: number;
  /** Told what became of each object. */
  readonly witness?: Witness;
}

export interface Applied {
  readonly requests: readonly RequestRecord[];
  readonly failures: readonly FailureRecord[];
  /** Event tables whose schema or row count the batch changed. */
  readonly eventTables: readonly EventTable[];
  /** How many of its events count as stored and made no rows. */
  readonly duplicates: number;
  /** Names of the event tables that its commands have dropped; one may be among `eventTables`, made anew. */
  readonly droppedTables: readonly string[];
  /** The waits that its commands have ended. */
  readonly cancelled: readonly CancelledWaits[];
  /** Ordinal of the last event that it wrote into the journal; absent when it wrote none. */
  readonly journalled: number | undefined;
}

/** Rejects as `Store.transaction` does; then nothing of the batch has happened. */
export function applyBatch(store: Pick<Store, 'transaction'>, request: ApplyRequest): Promise<Applied> {
  return store.transaction(request.workspace.munchkinId, (transaction) => applyWithin(transaction, request));
}

/** Finds out whether the store would take the batch, and takes it back. Rejects as {@link applyBatch} does. */
export async function rehearseBatch(store: Pick<Store, 'transaction'>, request: ApplyRequest): Promise<void> {
  const rehearsed = new Error('rehearsed');
  try {
    await store.transaction(request.workspace.munchkinId, async (transaction) => {
      await applyWithin(transaction, request);
      throw rehearsed;
    });
  } catch (error) {
    if (error !== rehearsed) throw error;
  }
}

async function applyWithin(transaction: StoreTransaction, given: ApplyRequest): Promise<Applied> {
  const { batch, upTo, now } = given;
  const droppedTables = await dropTables(transaction, batch.dropped, given.eventTables);
  const request = { ...given, eventTables: without(given.eventTables, droppedTables) };
  const tried = await planReplays(transaction, batch);
  const fates = new Fates(batch.entries, request);
  const eventTables = request.isSetAside
    ? await setAside(transaction, batch, fates)
    : await applyObjects(transaction, request, fates);
  const { requests, failures, results } = fates.records();
  await transaction.recordRequests(requests);
  if (failures.length > 0) await transaction.recordFailures(failures);
  if (results.length > 0) await transaction.recordResults(results);
  for (const { refs, replay } of tried) await transaction.markReplayed(refs, replay);
  const cancelled: CancelledWaits[] = [];
  for (const requestId of batch.cancelled) cancelled.push(await cancelWaiting(transaction, requestId, now));
  const settled = cancelled.filter((each) => each.failures.length > 0).map(settledByCancel);
  const { munchkinId } = request.workspace;
  const journalled = await journalResults(transaction, { workspace: munchkinId, now, requests, failures, settled });
  for (const limit of batch.retained) await transaction.retain({ ...limit, now });
  for (const lane of LANES) await transaction.advance(lane, upTo[lane]);
  const { duplicates } = fates;
  return { requests, failures, eventTables, duplicates, droppedTables, cancelled, journalled };
}

function settledByCancel({ requestId, failures: { length: failed }, sample }: CancelledWaits): SettledRequest {
  return { requestId, counts: { ...noFates(), failed, pending: -failed }, failures: sample };
}

/** Failed objects that a replay tries again. */
interface TriedAgain {
  readonly replay: RequestId;
  readonly refs: readonly FailureRef[];
}

/** Plans the objects of replays, which only the store has. */
async function planReplays(transaction: StoreTransaction, { replays }: PlannedBatch): Promise<readonly TriedAgain[]> {
  const tried: TriedAgain[] = [];
  for (const { requestId, refs, fill } of replays) {
    const filled = fill(await transaction.failures(refs));
    if (filled.length > 0) tried.push({ replay: requestId, refs: filled });
  }
  return tried;
}

async function setAside(
  transaction: StoreTransaction,
  batch: PlannedBatch,
  fates: Fates,
): Promise<readonly EventTable[]> {
  const waiting = fates.setAside(batch);
  if (waiting.length > 0) await transaction.addWaiting(waiting);
  return [];
}

async function applyObjects(
  transaction: StoreTransaction,
  request: ApplyRequest,
  fates: Fates,
): Promise<readonly EventTable[]> {
  const { workspace, batch, multipleMatches, idempotencyWindowMs } = request;
  await defineObjects(transaction, workspace, batch);
  const fresh = await freshEvents(transaction, batch.eventTables, { idempotencyWindowMs, only: onlyThese });
  const events = await defineEvents(transaction, fresh.byTable, request);
  await upsertAll(transaction, batch, {
    workspace,
    multipleMatches,
    objects: (planned) => ({
      requestIds: planned.slotEntries.map(({ entry }) => entry.requestId),
      indexes: planned.slotIndexes,
      decidedAt: request.now,
    }),
    // Before the next run, which may hold later versions of what waits now.
    decided: async (planned, run, answer) => {
      const waiting = fates.decided(planned, run, answer);
      if (run === planned.builder.runs - 1) waiting.push(...fates.postponed(planned));
      if (waiting.length > 0) await transaction.addWaiting(waiting);
    },
  });
  const eventTables = await appendEvents(transaction, events);
  fates.allStored(fresh.byTable);
  fates.repeated(fresh.repeated);
  return eventTables;
}

function onlyThese(part: PlannedEvents, places: readonly number[]): PlannedEvents {
  const indexes = places.map((at) => part.indexes?.[at] ?? at);
  return { ...part, indexes, events: eventsAt(part, places) };
}
