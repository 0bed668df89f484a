/**
 * Applies a planned batch in one transaction: schema, rows, fates, checkpoint (law 3).
 * Owns: the order of these steps. Never: decides whether to try again (see lifecycle.ts).
 */
import type { Workspace } from '#model/definitions.ts';
import { EventRowsBuilder } from '#model/event-rows.ts';
import type { BuiltEvents } from '#model/event-rows.ts';
import type { EventTable } from '#model/event-table.ts';
import type { FailureRecord, RequestRecord } from '#model/fates.ts';
import { LANES } from '#model/words.ts';
import type { Checkpoint, Store, StoreTransaction } from '#ports/store.ts';
import { Fates } from './fates.ts';
import type { PlannedBatch, PlannedEvents, PlannedRun } from './plan.ts';

export interface ApplyRequest {
  readonly workspace: Workspace;
  readonly batch: PlannedBatch;
  /** Where the lanes stand once the batch is applied. */
  readonly upTo: Checkpoint;
  /** Schemas of the event tables as the store has them. */
  readonly eventTables: ReadonlyMap<string, EventTable>;
  readonly maxColumns: number;
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** Milliseconds since 1970: when the fates became final. */
  readonly now: number;
}

export interface Applied {
  readonly requests: readonly RequestRecord[];
  readonly failures: readonly FailureRecord[];
  /** Event tables whose schema or row count the batch changed. */
  readonly eventTables: readonly EventTable[];
}

/** Rejects as `Store.transaction` does; then nothing of the batch has happened. */
export function applyBatch(store: Store, request: ApplyRequest): Promise<Applied> {
  return store.transaction(request.workspace.munchkinId, (transaction) => applyWithin(transaction, request));
}

/** Finds out whether the store would take the batch, and takes it back. Rejects as {@link applyBatch} does. */
export async function rehearseBatch(store: Store, request: ApplyRequest): Promise<void> {
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

async function applyWithin(transaction: StoreTransaction, request: ApplyRequest): Promise<Applied> {
  const { batch, upTo } = request;
  const fates = new Fates(batch.entries);
  await defineObjects(transaction, request);
  const events = await defineEvents(transaction, request);
  await upsertPersons(transaction, request, fates);
  await upsertCustomObjects(transaction, batch, fates);
  for (const built of events) await appendEvents(transaction, built);
  fates.allStored(batch.eventTables);
  const { requests, failures } = fates.records(request.now);
  await transaction.recordRequests(requests);
  if (failures.length > 0) await transaction.recordFailures(failures);
  for (const lane of LANES) await transaction.advance(lane, upTo[lane]);
  return { requests, failures, eventTables: events.map(grownBy) };
}

async function defineObjects(transaction: StoreTransaction, request: ApplyRequest): Promise<void> {
  const { workspace, batch } = request;
  await transaction.definePersons([...workspace.personFields.values()]);
  for (const type of workspace.customObjects.values()) {
    if (batch.customObjectRuns.has(type.apiName)) await transaction.defineCustomObject(type);
  }
}

async function defineEvents(transaction: StoreTransaction, request: ApplyRequest): Promise<readonly BuiltEvents[]> {
  const all: BuiltEvents[] = [];
  for (const [name, entries] of request.batch.eventTables) {
    const [database = '', table = ''] = name.split('.');
    const before = request.eventTables.get(name) ?? { database, table, columns: [], extra: false, rows: 0 };
    const builder = new EventRowsBuilder(before, { maxColumns: request.maxColumns });
    for (const each of entries) addEvents(builder, each);
    const greatest = new Map<string, bigint>();
    for (const column of builder.checksNeeded()) {
      greatest.set(column, await transaction.greatestInteger(before, column));
    }
    const built = builder.finish(greatest);
    if (built.grown || !request.eventTables.has(name)) await transaction.defineEventTable(built.table);
    all.push(built);
  }
  return all;
}

function addEvents(builder: EventRowsBuilder, { planned, decoded, events }: PlannedEvents): void {
  const { ip, userAgent } = decoded.envelope;
  const context = { acceptedAt: planned.entry.acceptedAt, ip, userAgent };
  for (const event of events) builder.add(event, context);
}

/** What is laid out at once of wide rows: some 30 MB of references and texts. Smaller parts are many statements. */
const MAX_CELLS_AT_ONCE = 4_000_000;

async function appendEvents(transaction: StoreTransaction, built: BuiltEvents): Promise<void> {
  for (const rows of built.parts(MAX_CELLS_AT_ONCE)) await transaction.appendEvents(rows);
}

function grownBy({ table, rowCount }: BuiltEvents): EventTable {
  return { ...table, rows: table.rows + rowCount };
}

async function upsertPersons(transaction: StoreTransaction, request: ApplyRequest, fates: Fates): Promise<void> {
  const { batch, multipleMatches } = request;
  for (const run of batch.personRuns) {
    const createMissing = createsMissing(run);
    const outcomes = await transaction.upsertPersons({ ...run.builder.finish(), multipleMatches, createMissing });
    fates.decided(run, outcomes);
  }
}

async function upsertCustomObjects(transaction: StoreTransaction, batch: PlannedBatch, fates: Fates): Promise<void> {
  for (const [apiName, runs] of batch.customObjectRuns) {
    for (const run of runs) fates.decided(run, await upsertRun(transaction, apiName, run));
  }
}

function upsertRun(
  transaction: StoreTransaction,
  apiName: string,
  run: PlannedRun,
): ReturnType<StoreTransaction['upsertCustomObjects']> {
  const createMissing = createsMissing(run);
  return transaction.upsertCustomObjects({ ...run.builder.finish(), apiName, createMissing });
}

// An identity that the system gave names an object that exists, or none.
function createsMissing(run: PlannedRun): boolean {
  return run.rules.identity === undefined;
}
