/**
 * The table of waiting objects, and what the writer knows of it without asking DuckDB: a few numbers and names,
 * however many objects wait. Owns: its DDL, and these numbers. Never: changes a row.
 */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { ObjectKind } from '#model/words.ts';
import type { WaitingSummary } from '#ports/store.ts';
import { baseTable, objectTableName, PERSONS } from './identifiers.ts';

export const WAITING: string = baseTable('waiting');

/**
 * Of the long columns none is ever changed. `version` and `link` are the texts of versions.ts, and hashes stand beside
 * them: eight bytes an object are all that a batch has to look at. `bytes` are those of `object`.
 * The view leaves out what only the store needs; an object that is due at once is shown as due since its acceptance.
 */
export const WAITING_DDL: string = `
  create table if not exists ${WAITING} (
    "order" bigint, "requestId" uuid, "index" integer, kind varchar, type varchar, "acceptedAt" timestamp,
    settings varchar, object varchar, bytes bigint, key varchar,
    version varchar, version_hash ubigint, link_field varchar, link varchar, link_hash ubigint,
    reason varchar, code varchar, message varchar, attempts integer, next_ms bigint);
  create or replace view inlet.retries as
    select "requestId", "index", kind, type, key, reason, code, message, attempts,
      case when next_ms is not null then greatest(epoch_ms(next_ms), "acceptedAt") end as "nextAttemptAt", "acceptedAt"
    from ${WAITING};
`;

/** Changed in place by a transaction, and thrown away with the catalog by one that fails. */
export interface WaitingState {
  objects: number;
  /** When the earliest is due, in milliseconds since 1970. Undefined: nothing will be due. */
  nextDueAt: number | undefined;
  /** True when {@link nextDueAt} has to be read anew before the commit. */
  isStale: boolean;
  /** The order that the next object gets. */
  nextOrder: number;
  /** Base tables of which some object may wait that has versions; one too many costs a look, one too few order. */
  readonly versionedTables: Set<string>;
  /** Lower-cased fields by which waiting objects may name a person. */
  readonly personFields: Set<string>;
}

export async function loadWaitingState(connection: DuckDBConnection, nextOrder: number): Promise<WaitingState> {
  const [objects, nextDueAt] = (await rowsOf(connection, `select count(*), min(next_ms) from ${WAITING}`))[0] ?? [];
  const versioned = await rowsOf(
    connection,
    `select distinct kind, type from ${WAITING} where version_hash is not null`,
  );
  const named = await rowsOf(connection, `select distinct link_field from ${WAITING} where link_hash is not null`);
  return {
    objects: Number(objects),
    nextDueAt: dueAt(nextDueAt),
    isStale: false,
    nextOrder,
    versionedTables: new Set(versioned.map(([kind, type]) => waitingTable(String(kind) as ObjectKind, String(type)))),
    personFields: new Set(named.map(String)),
  };
}

/** Reads anew when the earliest object is due, where the transaction has made that unknown. */
export async function refreshNextDue(connection: DuckDBConnection, state: WaitingState): Promise<void> {
  if (!state.isStale) return;
  state.isStale = false;
  state.nextDueAt = dueAt((await rowsOf(connection, `select min(next_ms) from ${WAITING}`))[0]?.[0]);
}

/** Notes that so many objects are due at once now. */
export function madeDue(state: WaitingState, objects: number): void {
  if (objects > 0) state.nextDueAt = 0;
}

export function waitingSummary({ objects, nextDueAt }: WaitingState): WaitingSummary {
  return { objects, ...(nextDueAt !== undefined && { nextDueAt }) };
}

/** The base table that an object of this type belongs to; events are versions of nothing. */
export function waitingTable(kind: ObjectKind, type: string): string {
  return kind === 'customObject' ? objectTableName(type) : PERSONS;
}

function dueAt(value: DuckDBValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<DuckDBValue[][]> {
  return await (await connection.run(sql)).getRows();
}
