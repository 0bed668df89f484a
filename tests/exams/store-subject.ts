/** What the exam of the store is put to, and the plain batches that its clauses are made of. */
import type { CellValue, ColumnType, EventColumn, EventRows, EventTable } from '#model/event-table.ts';
import { type FailureRecord, noFates, type RequestRecord } from '#model/fates.ts';
import type { CustomObjectType, DataType, FieldDefinition, FieldValue } from '#model/field.ts';
import type { CustomObjectRun, PersonRun, UpsertOutcome, UpsertRow } from '#model/upsert.ts';
import type { MunchkinId, Position, RequestId } from '#model/words.ts';
import type { Store, StoreTransaction } from '#ports/store.ts';
import type { StoreReader } from '#ports/store-reader.ts';

/** A new, empty store. Disposing it closes it and removes what it left on disk. */
export interface StoreSubject extends AsyncDisposable {
  readonly store: Store;
  readonly reader: Omit<StoreReader, 'sql'>;
  /** The rows of `persons` or of a custom object type as users see them, by identity. */
  readonly objects: (workspace: MunchkinId, type: string) => Promise<readonly ObjectRow[]>;
  /** Closes the store and opens it again; absent where nothing outlives the process. */
  readonly reopen?: () => Promise<StoreSubject>;
}

export interface ObjectRow {
  readonly identity: number | string;
  /** `''` for custom objects. */
  readonly partition: string;
  /** By declared name; fields that are null are absent. */
  readonly values: ReadonlyMap<string, FieldValue>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface StoreClause {
  readonly name: string;
  readonly check: (subject: StoreSubject) => Promise<void>;
}

export const ALPHA: MunchkinId = '111-AAA-111' as MunchkinId;
export const BETA: MunchkinId = '222-BBB-222' as MunchkinId;
export const NOON = 1_795_000_000_000;

export function field(name: string, dataType: DataType = 'string'): FieldDefinition {
  return { name, displayName: name, dataType };
}

export const EMAIL: FieldDefinition = field('email', 'email');
export const FIRST_NAME: FieldDefinition = field('firstName');
export const SCORE: FieldDefinition = field('leadScore', 'score');

/** Persons given as objects; what an object does not have is absent from its row. */
export function personRun(
  objects: readonly Readonly<Record<string, FieldValue>>[],
  options: Partial<PersonRun> & { readonly partition?: string; readonly at?: number } = {},
): PersonRun {
  const { partition = 'Default', at = NOON, ...members } = options;
  const fields = members.fields ?? [EMAIL, FIRST_NAME, SCORE];
  const matchBy = members.matchBy ?? [{ field: EMAIL, ignoreCase: true }];
  const rows = objects.map((object): UpsertRow => {
    const key = matchBy.map(({ field: { name }, ignoreCase }) =>
      ignoreCase ? String(object[name]).toLowerCase() : (object[name] as FieldValue),
    );
    const values = fields.map(({ name }) => object[name]);
    return { partition, key, values, firstAcceptedAt: at, lastAcceptedAt: at };
  });
  return { multipleMatches: 'fail', createMissing: true, ...members, fields, matchBy, rows };
}

export function objectRun(
  type: CustomObjectType,
  objects: readonly Readonly<Record<string, FieldValue>>[],
  dedupeBy: 'dedupeFields' | 'marketoGUID' = 'dedupeFields',
): CustomObjectRun {
  const byGuid = dedupeBy === 'marketoGUID';
  const matched = byGuid ? [field('marketoGUID')] : type.fields.filter(({ name }) => type.dedupeFields.includes(name));
  const matchBy = matched.map((each) => ({ field: each, ignoreCase: false }));
  const { rows } = personRun(objects, { fields: type.fields, matchBy, partition: '' });
  return { apiName: type.apiName, createMissing: !byGuid, fields: type.fields, matchBy, rows };
}

/** Upserts persons in a batch of their own. */
export async function upsertPersons(subject: StoreSubject, run: PersonRun): Promise<readonly UpsertOutcome[]> {
  return await subject.store.transaction(ALPHA, async (transaction) => {
    await transaction.definePersons([EMAIL, FIRST_NAME, SCORE, ...run.fields]);
    return await transaction.upsertPersons(run);
  });
}

export function eventColumn(column: string, type: ColumnType, history: EventColumn['history'] = []): EventColumn {
  return { key: column, column, type, history };
}

export function eventTable(columns: readonly EventColumn[], options: Partial<EventTable> = {}): EventTable {
  return { database: 'db', table: 'tbl', extra: false, rows: 0, ...options, columns };
}

/** Rows of one column. */
export function eventRows(table: EventTable, column: string, values: readonly CellValue[]): EventRows {
  const times = values.map((_, at) => 1_795_000_000 + at);
  return { table, times, cells: new Map([[column, values]]), extras: values.map(() => null) };
}

/** Defines and appends in a batch of its own. */
export async function append(subject: StoreSubject, rows: EventRows): Promise<void> {
  await subject.store.transaction(ALPHA, async (transaction: StoreTransaction) => {
    await transaction.defineEventTable(rows.table);
    await transaction.appendEvents(rows);
  });
}

/** All events of `db.tbl`, parsed. */
export async function readEvents(subject: StoreSubject): Promise<unknown[]> {
  const page = await subject.reader.events(ALPHA, { database: 'db', table: 'tbl', start: 0, limit: 1_000_000 });
  return (page?.events ?? []).map((text) => JSON.parse(text) as unknown);
}

export function requestId(n: number): RequestId {
  return `019aae10-0000-7000-8000-${n.toString(16).padStart(12, '0')}` as RequestId;
}

export function requestRecord(n: number, members: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId: requestId(n),
    kind: 'person',
    type: 'persons',
    clientId: 'client-1',
    lane: 'normal',
    position: n as Position,
    acceptedAt: NOON + n,
    finishedAt: NOON + n + 5,
    counts: { ...noFates(), received: 3, created: 2, failed: 1 },
    warnings: [],
    ...members,
  };
}

export function failureRecord(n: number, index: number, members: Partial<FailureRecord> = {}): FailureRecord {
  return {
    requestId: requestId(n),
    index,
    kind: 'person',
    type: 'persons',
    key: '{"email":"a@b.c"}',
    code: '1003',
    message: `Invalid value for field 'x' and value 'y'`,
    object: '{"email":"a@b.c","x":"y"}',
    failedAt: NOON + n,
    attempts: 1,
    ...members,
  };
}
