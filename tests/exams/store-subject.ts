/** What the exam of the store is put to, and the plain batches that its clauses are made of. */
import type { CellValue, ColumnType, EventColumn, EventRows, EventTable } from '#model/event-table.ts';
import { type FailureRecord, noFates, type RequestRecord } from '#model/fates.ts';
import type { CustomObjectType, DataType, FieldDefinition, FieldValue } from '#model/field.ts';
import type { CustomObjectRun, PersonRun, RunLink, UpsertAnswer, UpsertOutcome, UpsertRow } from '#model/upsert.ts';
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

export interface RowOptions {
  readonly partition?: string;
  /** Acceptance of every row. */
  readonly at?: number;
  /** Every row's place among what waits; absent: behind all. */
  readonly order?: number;
}

/** Persons given as objects; what an object does not have is absent from its row. */
export function personRun(
  objects: readonly Readonly<Record<string, FieldValue>>[],
  options: Partial<PersonRun> & RowOptions = {},
): PersonRun {
  const { partition = 'Default', at = NOON, order, ...members } = options;
  const fields = members.fields ?? [EMAIL, FIRST_NAME, SCORE];
  const matchBy = members.matchBy ?? [{ field: EMAIL, ignoreCase: true }];
  const rows = objects.map((object): UpsertRow => {
    const key = matchBy.map(({ field: { name }, ignoreCase }) =>
      ignoreCase ? String(object[name]).toLowerCase() : (object[name] as FieldValue),
    );
    const values = fields.map(({ name }) => object[name]);
    const row = { partition, key, values, firstAcceptedAt: at, lastAcceptedAt: at };
    return order === undefined ? row : { ...row, order };
  });
  const action = 'createOrUpdate';
  return { action, wantsIdentities: false, multipleMatches: 'fail', ...members, fields, matchBy, rows };
}

export interface ObjectRunOptions extends Partial<CustomObjectRun>, RowOptions {
  /** `dedupeFields` unless given. */
  readonly dedupeBy?: 'dedupeFields' | 'marketoGUID';
  /** What the type's link names persons by; the email unless given. */
  readonly personField?: FieldDefinition;
}

/** Custom objects given as objects. The run has a link when the type has one and some object a value for it. */
export function objectRun(
  type: CustomObjectType,
  objects: readonly Readonly<Record<string, FieldValue>>[],
  options: ObjectRunOptions = {},
): CustomObjectRun {
  const { dedupeBy = 'dedupeFields', personField = EMAIL, ...members } = options;
  const matched =
    dedupeBy === 'marketoGUID'
      ? [field('marketoGUID')]
      : type.fields.filter(({ name }) => type.dedupeFields.includes(name));
  const matchBy = matched.map((each) => ({ field: each, ignoreCase: each.dataType === 'email' }));
  const { multipleMatches: _, ...run } = personRun(objects, {
    ...members,
    fields: type.fields,
    matchBy,
    partition: '',
  });
  const link = linkOf(type, objects, personField);
  return { apiName: type.apiName, dedupeFields: type.dedupeFields, ...run, ...(link !== undefined && { link }) };
}

function linkOf(
  { fields, link }: CustomObjectType,
  objects: readonly Readonly<Record<string, FieldValue>>[],
  personField: FieldDefinition,
): RunLink | undefined {
  const names = (object: Readonly<Record<string, FieldValue>>): boolean => (object[link?.field ?? ''] ?? null) !== null;
  if (link === undefined || !objects.some(names)) return undefined;
  const at = fields.findIndex(({ name }) => name === link.field);
  return { at, personField, ignoreCase: personField.dataType === 'email' };
}

/** Upserts persons in a batch of their own. */
export async function upsertPersons(subject: StoreSubject, run: PersonRun): Promise<readonly UpsertOutcome[]> {
  return (await answerPersons(subject, run)).outcomes;
}

/** As {@link upsertPersons}, with the identities. */
export async function answerPersons(subject: StoreSubject, run: PersonRun): Promise<UpsertAnswer> {
  return await subject.store.transaction(ALPHA, async (transaction) => {
    await transaction.definePersons([EMAIL, FIRST_NAME, SCORE, ...run.fields]);
    return await transaction.upsertPersons(run);
  });
}

/** Upserts custom objects in a batch of their own. */
export async function answerObjects(
  subject: StoreSubject,
  type: CustomObjectType,
  run: CustomObjectRun,
): Promise<UpsertAnswer> {
  return await subject.store.transaction(ALPHA, async (transaction) => {
    await transaction.defineCustomObject(type);
    return await transaction.upsertCustomObjects(run);
  });
}

/** The fields that are not null, by declared name. */
export function valuesOf(rows: readonly ObjectRow[]): Record<string, FieldValue>[] {
  return rows.map(({ values }) => Object.fromEntries(values));
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
  return { table, times, cells: new Map([[column, values]]), sparse: new Map(), extras: values.map(() => null) };
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
    acceptedAt: NOON - n,
    settings: { kind: 'person', partitionName: 'Default', dedupeFields: ['email'] },
    ...members,
  };
}
