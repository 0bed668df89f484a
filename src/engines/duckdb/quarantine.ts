/**
 * How much the quarantine holds, and what it loses.
 * Owns: the sums of it in the state's row, and the bytes beside each failure. Never: touches a total.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { FailureRecord, Quarantine } from '#model/fates.ts';
import { failureBytes, idsBefore, KEPT_BYTES } from '#model/retention.ts';
import { baseTable, literal } from './identifiers.ts';
import type { Session } from './session.ts';

const FAILURES = baseTable('failures');
const STATE = baseTable('state');

/** Of requests that are forgotten: one that is kept can tell the fate of each of its objects (law 2). */
const IS_LEFT = `"requestId" not in (select "requestId" from ${baseTable('requests')})`;

/** How much one call forgets, to the end of the second in which it is reached: it has to fit into memory. */
const MOST_FORGOTTEN = 1_000_000;

/** An older file has every failure that it ever had; each gets its bytes, and their sums become those of the file. */
export const QUARANTINE_DDL: string = `
  update ${FAILURES} f set bytes = ${KEPT_BYTES.failure} + strlen(key) + strlen(message) + strlen(object),
    objects = case when "index" < 0 then (select r.failed from ${baseTable('requests')} r where r."requestId" = f."requestId") end
    where bytes is null;
  update ${STATE} set quarantine_objects = failed,
    quarantine_bytes = (select coalesce(sum(bytes), 0)::bigint from ${FAILURES}) where quarantine_bytes is null;
`;

/** Adds failures that have just been recorded to the sums. */
export function addFailures({ quarantine }: Session['catalog'], failures: readonly FailureRecord[]): void {
  for (const failure of failures) {
    quarantine.objects += failure.objects ?? 1;
    quarantine.bytes += failureBytes(failure);
  }
}

/** See model/retention.ts. */
export async function forgetFailures(session: Session, horizon: number, maxBytes: number): Promise<void> {
  await forget(
    session,
    `"replayedBy" < ${literal(idsBefore(horizon))}::uuid and coalesce("acceptedAt", "failedAt") < epoch_ms(${horizon}::bigint)`,
  );
  const { quarantine } = session.catalog;
  if (quarantine.bytes <= maxBytes) return;
  const last = await lastToGo(session.connection, maxBytes, MOST_FORGOTTEN);
  if (last === undefined) return;
  const isOld = `epoch_ms("failedAt") // 1000 <= ${last.second}`;
  const isTried = '"replayedBy" is not null';
  await forget(session, last.isTried ? `${isTried} and ${isOld}` : `${isTried} or ${isOld}`);
}

interface FailedSecond {
  /** A replay has tried them. */
  readonly isTried: boolean;
  /** Seconds since 1970. */
  readonly second: number;
}

/**
 * Of those whose requests are forgotten, the last to go so that the others take no more than the bytes; or, when that
 * is very much, those with which `most` have gone.
 */
export async function lastToGo(
  connection: DuckDBConnection,
  maxBytes: number,
  most: number,
): Promise<FailedSecond | undefined> {
  const result = await connection.run(
    `with aged as (
       select "replayedBy" is null as untried, epoch_ms("failedAt") // 1000 as second, sum(bytes) as bytes,
         count(*) as failures
       from ${FAILURES} where ${IS_LEFT} group by all),
     kept as (
       select untried, second, sum(bytes) over (order by untried desc, second desc) as bytes,
         sum(failures) over (order by untried, second) - failures as before from aged)
     select untried, second from kept where bytes > ${maxBytes} and before < ${most}
     order by untried desc, second desc limit 1`,
  );
  const [row] = await result.getRows();
  return row === undefined ? undefined : { isTried: row[0] === false, second: Number(row[1]) };
}

async function forget(session: Session, old: string): Promise<void> {
  const { connection, catalog } = session;
  const which = `(${old}) and ${IS_LEFT}`;
  const counted = await connection.run(
    `select count(*), sum(coalesce(objects, 1)), sum(bytes) from ${FAILURES} where ${which}`,
  );
  const [row = []] = await counted.getRows();
  const [failures, objects, bytes] = row.map(Number) as [number, number, number];
  if (failures === 0) return;
  await connection.run(`delete from ${FAILURES} where ${which}`);
  catalog.quarantine.objects -= objects;
  catalog.quarantine.bytes -= bytes;
}

/** From the row of `state`. */
export function quarantineOf(row: Readonly<Record<string, unknown>>): Quarantine {
  return { objects: Number(row['quarantine_objects']), bytes: Number(row['quarantine_bytes']) };
}
