/**
 * Requests, failures and results: what became of the objects, beside the objects.
 * Owns: their tables and the views over them. Never: counts; the applier hands in sums that add up.
 */
import { addFates } from '#model/fates.ts';
import type { FailureRecord, ObjectResult, RequestRecord } from '#model/fates.ts';
import type { FieldValue } from '#model/field.ts';
import { failureBytes } from '#model/retention.ts';
import { baseTable, identifier } from './identifiers.ts';
import { addFailures } from './quarantine.ts';
import type { Session } from './session.ts';
import { assertStaged, stage } from './staging.ts';

interface RecordColumn<Row> {
  readonly name: string;
  readonly sqlType: string;
  /** SQL that turns the staged value into the column; the staged value itself when absent. */
  readonly from?: string;
  /** Files of an older version have not got it. */
  readonly added?: true;
  readonly value: (row: Row) => FieldValue;
}

/** Date-times travel as milliseconds. */
function moment<Row>(name: string, value: (row: Row) => number | undefined): RecordColumn<Row> {
  const from = `epoch_ms(${identifier(name)})`;
  return { name, sqlType: 'BIGINT', from, value: (row) => value(row) ?? null };
}

const REQUEST_COLUMNS: readonly RecordColumn<RequestRecord>[] = [
  { name: 'requestId', sqlType: 'UUID', value: (row) => row.requestId },
  { name: 'kind', sqlType: 'VARCHAR', value: (row) => row.kind },
  { name: 'type', sqlType: 'VARCHAR', value: (row) => row.type },
  { name: 'clientId', sqlType: 'VARCHAR', value: (row) => row.clientId },
  { name: 'lane', sqlType: 'VARCHAR', value: (row) => row.lane },
  { name: 'correlationId', sqlType: 'VARCHAR', value: (row) => row.correlationId ?? null },
  { name: 'requestSource', sqlType: 'VARCHAR', value: (row) => row.requestSource ?? null },
  moment('acceptedAt', (row) => row.acceptedAt),
  moment('finishedAt', (row) => row.finishedAt),
  { name: 'received', sqlType: 'BIGINT', value: (row) => row.counts.received },
  { name: 'created', sqlType: 'BIGINT', value: (row) => row.counts.created },
  { name: 'updated', sqlType: 'BIGINT', value: (row) => row.counts.updated },
  { name: 'stored', sqlType: 'BIGINT', value: (row) => row.counts.stored },
  { name: 'deleted', sqlType: 'BIGINT', value: (row) => row.counts.deleted },
  { name: 'failed', sqlType: 'BIGINT', value: (row) => row.counts.failed },
  { name: 'pending', sqlType: 'BIGINT', value: (row) => row.counts.pending },
  { name: 'warnings', sqlType: 'JSON', value: (row) => JSON.stringify(row.warnings) },
  { name: 'position', sqlType: 'BIGINT', value: (row) => row.position },
  { name: 'replayOf', sqlType: 'JSON', added: true, value: ({ replayOf }) => optionalJson(replayOf) },
  { name: 'duplicateOf', sqlType: 'UUID', added: true, value: (row) => row.duplicateOf ?? null },
  { name: 'duplicates', sqlType: 'JSON', added: true, value: ({ duplicates }) => optionalJson(duplicates) },
];

const FAILURE_COLUMNS: readonly RecordColumn<FailureRecord>[] = [
  { name: 'requestId', sqlType: 'UUID', value: (row) => row.requestId },
  { name: 'index', sqlType: 'INTEGER', value: (row) => row.index },
  { name: 'kind', sqlType: 'VARCHAR', value: (row) => row.kind },
  { name: 'type', sqlType: 'VARCHAR', value: (row) => row.type },
  // Text, not JSON: what failed may be just what DuckDB's JSON type does not take, and must be kept all the same.
  { name: 'key', sqlType: 'VARCHAR', value: (row) => row.key },
  { name: 'code', sqlType: 'VARCHAR', value: (row) => row.code },
  { name: 'message', sqlType: 'VARCHAR', value: (row) => row.message },
  { name: 'object', sqlType: 'VARCHAR', value: (row) => row.object },
  moment('failedAt', (row) => row.failedAt),
  { name: 'attempts', sqlType: 'INTEGER', value: (row) => row.attempts },
  { ...moment<FailureRecord>('acceptedAt', (row) => row.acceptedAt), added: true },
  { name: 'settings', sqlType: 'VARCHAR', added: true, value: ({ settings }) => optionalJson(settings) },
  { name: 'replayedBy', sqlType: 'UUID', added: true, value: (row) => row.replayedBy ?? null },
  { name: 'objects', sqlType: 'BIGINT', added: true, value: (row) => row.objects ?? null },
  { name: 'bytes', sqlType: 'BIGINT', added: true, value: failureBytes },
];

const RESULT_COLUMNS: readonly RecordColumn<ObjectResult>[] = [
  { name: 'requestId', sqlType: 'UUID', value: (row) => row.requestId },
  { name: 'index', sqlType: 'INTEGER', value: (row) => row.index },
  { name: 'outcome', sqlType: 'VARCHAR', value: (row) => row.outcome },
  // As JSON, which tells an id from a marketoGUID.
  { name: 'identity', sqlType: 'VARCHAR', value: ({ identity }) => optionalJson(identity) },
  { name: 'code', sqlType: 'VARCHAR', value: (row) => row.code ?? null },
  { name: 'message', sqlType: 'VARCHAR', value: (row) => row.message ?? null },
];

function optionalJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/**
 * How the view shows a column that it does not show as it is. Where a request lies in the log is nothing for SQL, nor
 * is what retention counts; what its objects were sent with stands in the request.
 */
const SHOWN_AS: ReadonlyMap<string, string> = new Map([
  ['lane', `case lane when 'high' then 'high' else 'normal' end as priority`],
  ['position', ''],
  ['settings', ''],
  ['objects', ''],
  ['bytes', ''],
]);

/**
 * Makes the tables of a new file, and the views over them; an older file gets the columns that it lacks. Failures that
 * an older version wrote take over when their requests were accepted.
 */
export const RECORDS_DDL: string = `
  create schema if not exists inlet;
  ${tableDdl('requests', REQUEST_COLUMNS)}
  ${tableDdl('failures', FAILURE_COLUMNS)}
  ${tableDdl('results', RESULT_COLUMNS)}
  ${viewDdl('requests', REQUEST_COLUMNS)}
  ${viewDdl('failures', FAILURE_COLUMNS)}
  update ${baseTable('failures')} f set "acceptedAt" = r."acceptedAt" from ${baseTable('requests')} r
    where f."acceptedAt" is null and f."requestId" = r."requestId";
`;

/** Adds requests, and their counts to the workspace's totals. */
export async function recordRequests(session: Session, requests: readonly RequestRecord[]): Promise<void> {
  await insertRecords(session, 'requests', REQUEST_COLUMNS, requests);
  for (const { lane, counts } of requests) addFates(session.catalog.totals[lane], counts);
}

/** Adds failed objects. */
export async function recordFailures(session: Session, failures: readonly FailureRecord[]): Promise<void> {
  await insertRecords(session, 'failures', FAILURE_COLUMNS, failures);
  addFailures(session.catalog, failures);
}

/** Keeps what became of objects whose sender waits for the answer. */
export async function recordResults(session: Session, results: readonly ObjectResult[]): Promise<void> {
  await insertRecords(session, 'results', RESULT_COLUMNS, results);
}

async function insertRecords<Row>(
  session: Session,
  table: string,
  columns: readonly RecordColumn<Row>[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = columns.map(({ name, sqlType, value }) => ({ name, sqlType, values: rows.map(value) }));
  const staged = stage(values, rows.length);
  const names = columns.map(({ name }) => identifier(name)).join(', ');
  const expressions = columns.map(({ name, from }) => from ?? identifier(name)).join(', ');
  const result = await session.connection.run(
    `insert into ${baseTable(table)} (${names}) select ${expressions} from (${staged.sql})`,
    staged.parameters,
  );
  assertStaged(staged, result.rowsChanged);
}

function tableDdl<Row>(table: string, columns: readonly RecordColumn<Row>[]): string {
  const typed = columns.map((column) => `${identifier(column.name)} ${columnType(column)}`);
  const added = columns.filter((column) => column.added);
  return [
    `create table if not exists ${baseTable(table)} (${typed.join(', ')});`,
    ...added.map(
      (column) =>
        `alter table ${baseTable(table)} add column if not exists ${identifier(column.name)} ${columnType(column)};`,
    ),
  ].join('\n  ');
}

function columnType<Row>({ sqlType, from }: RecordColumn<Row>): string {
  return from === undefined ? sqlType : 'TIMESTAMP';
}

function viewDdl<Row>(table: string, columns: readonly RecordColumn<Row>[]): string {
  const shown = columns.map(({ name }) => SHOWN_AS.get(name) ?? identifier(name)).filter((shape) => shape !== '');
  return `create or replace view inlet.${identifier(table)} as select ${shown.join(', ')} from ${baseTable(table)};`;
}
