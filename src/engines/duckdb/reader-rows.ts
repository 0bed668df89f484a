/** From rows as DuckDB gives them to the model's records. */
import { DuckDBDateValue, DuckDBTimestampValue, type DuckDBValue } from '@duckdb/node-api';
import { assert } from '#kit/assert.ts';
import type { CellValue, EventTable } from '#model/event-table.ts';
import {
  type Duplicate,
  type FailureRecord,
  noFates,
  type ObjectFate,
  type ObjectResult,
  type RequestRecord,
  type Warning,
} from '#model/fates.ts';
import type { FieldValue } from '#model/field.ts';
import type { JournalEvent, JournalType } from '#model/journal.ts';
import type { ObjectSettings } from '#model/object-settings.ts';
import type { WaitingObject, WaitReason } from '#model/waiting.ts';
import type { FateCounts, Lane, ObjectKind, Position, RequestId } from '#model/words.ts';
import { FATE_OUTCOMES } from './fates.ts';

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
  const { correlationId, requestSource, finishedAt, replayOf, duplicateOf, duplicates } = row;
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
    ...(typeof replayOf === 'string' && { replayOf: JSON.parse(replayOf) as RequestId[] }),
    ...(present(duplicateOf) && { duplicateOf: String(duplicateOf) as RequestId }),
    ...(typeof duplicates === 'string' && { duplicates: JSON.parse(duplicates) as Duplicate[] }),
  };
}

export function failureRecord(row: Row): FailureRecord {
  const { acceptedAt, failedAt, objects, settings, replayedBy } = row;
  return {
    requestId: String(row['requestId']) as RequestId,
    index: Number(row['index']),
    kind: String(row['kind']) as ObjectKind,
    type: String(row['type']),
    key: String(row['key']),
    code: String(row['code']),
    message: String(row['message']),
    object: String(row['object']),
    ...(present(objects) && { objects: Number(objects) }),
    failedAt: milliseconds(failedAt),
    attempts: Number(row['attempts']),
    // An older version has not kept when requests were accepted whose records it does not have.
    acceptedAt: milliseconds(acceptedAt ?? failedAt),
    ...(typeof settings === 'string' && { settings: JSON.parse(settings) as ObjectSettings }),
    ...(present(replayedBy) && { replayedBy: String(replayedBy) as RequestId }),
  };
}

export function objectResult(row: Row): ObjectResult {
  const { identity, code, message } = row;
  return {
    requestId: String(row['requestId']) as RequestId,
    index: Number(row['index']),
    outcome: String(row['outcome']) as ObjectResult['outcome'],
    ...(typeof identity === 'string' && { identity: JSON.parse(identity) as number | string }),
    ...(typeof code === 'string' && { code }),
    ...(typeof message === 'string' && { message }),
  };
}

/** `row` holds the columns of `fates`, and the type of its request. */
export function objectFate(row: Row): ObjectFate {
  const { identity } = row;
  return {
    requestId: String(row['requestId']) as RequestId,
    index: Number(row['index']),
    type: String(row['type']),
    outcome: FATE_OUTCOMES[Number(row['outcome'])] as ObjectFate['outcome'],
    identity: typeof identity === 'bigint' ? Number(identity) : String(identity),
    decidedAt: milliseconds(row['decidedAt']),
  };
}

export function journalEvent(row: Row): JournalEvent {
  return {
    ordinal: Number(row['ordinal']),
    id: String(row['id']),
    type: String(row['type']) as JournalType,
    time: milliseconds(row['time']),
    event: String(row['event']),
  };
}

/** The columns that {@link waitingObject} reads. */
export const WAITING_OBJECT = `"order", "requestId", "index", kind, type, settings, object, key, "acceptedAt", reason,
  code, message, attempts, next_ms`;

export function waitingObject(row: Row): WaitingObject {
  const { next_ms: nextAttemptAt } = row;
  return {
    order: Number(row['order']),
    requestId: String(row['requestId']) as RequestId,
    index: Number(row['index']),
    kind: String(row['kind']) as ObjectKind,
    type: String(row['type']),
    settings: JSON.parse(String(row['settings'])) as ObjectSettings,
    object: String(row['object']),
    keyText: String(row['key']),
    acceptedAt: milliseconds(row['acceptedAt']),
    reason: String(row['reason']) as WaitReason,
    code: String(row['code']),
    message: String(row['message']),
    attempts: Number(row['attempts']),
    ...(present(nextAttemptAt) && { nextAttemptAt: Number(nextAttemptAt) }),
  };
}

/** A field of a person or custom object. */
export function fieldValue(value: DuckDBValue): FieldValue {
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBTimestampValue) return new Date(milliseconds(value)).toISOString().replace('.000Z', 'Z');
  if (typeof value !== 'bigint') return value as FieldValue;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
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

function present(value: DuckDBValue | undefined): boolean {
  return value !== null && value !== undefined;
}

export function milliseconds(value: DuckDBValue | undefined): number {
  assert(value instanceof DuckDBTimestampValue, 'a moment is a timestamp');
  return Number(value.micros / 1000n);
}
