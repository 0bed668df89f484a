/** From rows as DuckDB gives them to the model's records. */
import { DuckDBTimestampValue, type DuckDBValue } from '@duckdb/node-api';
import { assert } from '#kit/assert.ts';
import type { CellValue, EventTable } from '#model/event-table.ts';
import { type FailureRecord, noFates, type RequestRecord, type Warning } from '#model/fates.ts';
import type { FateCounts, Lane, ObjectKind, Position, RequestId } from '#model/words.ts';

type Row = Readonly<Record<string, DuckDBValue>>;

/** One event, as `readBackEvent` takes it. */
export interface EventRow {
  readonly ordinal: number;
  readonly time: number;
  readonly cells: ReadonlyMap<string, CellValue>;
  readonly extra: string | null;
}

export function requestRecord(row: Row): RequestRecord {
  const counts = noFates();
  for (const fate of Object.keys(counts) as (keyof FateCounts)[]) counts[fate] = Number(row[fate]);
  const { correlationId, requestSource, finishedAt } = row;
  return {
    requestId: String(row['requestId']) as RequestId,
    kind: String(row['kind']) as ObjectKind,
    type: String(row['type']),
    clientId: String(row['clientId']),
    lane: String(row['lane']) as Lane,
    position: Number(row['position']) as Position,
    ...(typeof correlationId === 'string' && { correlationId }),
    ...(typeof requestSource === 'string' && { requestSource }),
    acceptedAt: milliseconds(row['acceptedAt']),
    ...(finishedAt instanceof DuckDBTimestampValue && { finishedAt: milliseconds(finishedAt) }),
    counts,
    warnings: JSON.parse(String(row['warnings'])) as Warning[],
  };
}

export function failureRecord(row: Row): FailureRecord {
  return {
    requestId: String(row['requestId']) as RequestId,
    index: Number(row['index']),
    kind: String(row['kind']) as ObjectKind,
    type: String(row['type']),
    key: String(row['key']),
    code: String(row['code']),
    message: String(row['message']),
    object: String(row['object']),
    failedAt: milliseconds(row['failedAt']),
    attempts: Number(row['attempts']),
  };
}

/** `row` holds the ordinal, the time, one value per column of the table, and `_extra` where the table has it. */
export function eventRow(table: EventTable, row: readonly DuckDBValue[]): EventRow {
  const [ordinal, time, ...values] = row;
  const cells = new Map(table.columns.map(({ column, type }, at) => [column, cellValue(type, values[at] ?? null)]));
  const extra = table.extra ? values[table.columns.length] : null;
  return { ordinal: Number(ordinal), time: Number(time), cells, extra: typeof extra === 'string' ? extra : null };
}

function cellValue(type: EventTable['columns'][number]['type'], value: DuckDBValue): CellValue {
  if (typeof value !== 'bigint') return value as CellValue;
  if (type === 'bigInteger') return String(value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function milliseconds(value: DuckDBValue | undefined): number {
  assert(value instanceof DuckDBTimestampValue, 'a moment is a timestamp');
  return Number(value.micros / 1000n);
}
