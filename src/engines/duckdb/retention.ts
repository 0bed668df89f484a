/**
 * Retention: the command by which what is finished and old is forgotten.
 * Owns: the horizon (see model/retention.ts), and the statements. Never: touches what waits, or a total.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { DueRetention } from '#model/journal.ts';
import { KEPT_BYTES } from '#model/retention.ts';
import { OBJECT_FATES, PERSON_FATES } from './fates.ts';
import { baseTable } from './identifiers.ts';
import { JOURNAL } from './journal.ts';
import { forgetFailures } from './quarantine.ts';
import type { Session } from './session.ts';

const REQUESTS = baseTable('requests');
const RESULTS = baseTable('results');
const FAILURES = baseTable('failures');

/** How much one call forgets, to the end of the second in which it is reached. */
const MOST_FORGOTTEN = 5_000_000;
export const WEIGHTS = { request: 10, fate: 1 } as const;

/** See the port. */
export async function retain(session: Session, limit: DueRetention): Promise<void> {
  const { connection, catalog } = session;
  const newest = catalog.nextOrdinal - 1;
  const floor = Math.max(catalog.retainedFrom, limit.before);
  const wanted = (await horizonAfter(connection, { ...limit, floor, newest })) ?? floor;
  const horizon = (await nearerHorizon(connection, wanted, MOST_FORGOTTEN)) ?? wanted;
  await forgetRequests(connection, horizon);
  await forgetJournal(connection, { horizon, newest, now: limit.now });
  await forgetFailures(session, horizon, limit.maxBytes);
  catalog.retainedFrom = Math.max(catalog.retainedFrom, horizon);
}

interface Kept extends DueRetention {
  /** Milliseconds since 1970: what is older goes. */
  readonly floor: number;
  /** Ordinal of the newest journal event, which stays. */
  readonly newest: number;
}

/** Undefined when all that is younger than the floor may stay. */
async function horizonAfter(
  connection: DuckDBConnection,
  { floor, newest, maxBytes, now }: Kept,
): Promise<number | undefined> {
  const { request, fate, result, event } = KEPT_BYTES;
  const counted = await connection.run(
    `with aged as (
       select epoch_ms(r."acceptedAt") // 1000 as second, ${request} + ${fate} * (r.created + r.updated + r.deleted)
         + ${result} * coalesce(o.results, 0) + coalesce(f.bytes, 0) as bytes
       from ${REQUESTS} r
         left join (select "requestId", count(*) as results from ${RESULTS} group by all) o using ("requestId")
         left join (select "requestId", sum(bytes) as bytes from ${FAILURES} group by all) f using ("requestId")
       where r.pending = 0 and r."acceptedAt" >= epoch_ms(${floor}::bigint)
       union all
       select least(epoch_ms(time), ${now}) // 1000, ${event} + bytes from ${JOURNAL}
       where time >= epoch_ms(${floor}::bigint) and ${now} >= ${floor} and ordinal < ${newest}),
     kept as (select second, sum(sum(bytes)) over (order by second desc) as bytes from aged group by second)
     select max(second) from kept where bytes > ${maxBytes}`,
  );
  const second = (await counted.getRows())[0]?.[0] ?? null;
  return second === null ? undefined : (Number(second) + 1) * 1000;
}

/**
 * A horizon before the wanted one, at which `most` is forgotten; undefined when the wanted one is near enough. What is
 * deleted at once has to fit into memory, beside the batches that go on.
 */
export async function nearerHorizon(
  connection: DuckDBConnection,
  wanted: number,
  most: number,
): Promise<number | undefined> {
  const counted = await connection.run(
    `with forgotten as (
       select second, sum(sum(weight)) over (order by second) as weight
       from (select epoch_ms("acceptedAt") // 1000 as second, ${WEIGHTS.request} + ${WEIGHTS.fate} * (created + updated + deleted) as weight
             from ${REQUESTS} where pending = 0 and "acceptedAt" < epoch_ms(${wanted}::bigint))
       group by second)
     select min(second) from forgotten where weight >= ${most}`,
  );
  const second = (await counted.getRows())[0]?.[0] ?? null;
  return second === null ? undefined : Math.min(wanted, (Number(second) + 1) * 1000);
}

/** Ids rise with the time of acceptance, so that the greatest of them lets DuckDB pass over most of what is kept. */
async function forgetRequests(connection: DuckDBConnection, horizon: number): Promise<void> {
  await connection.run(
    `create or replace temp table forgotten as select "requestId" from ${REQUESTS}
     where pending = 0 and "acceptedAt" < epoch_ms(${horizon}::bigint)`,
  );
  const [row] = await (await connection.run('select max("requestId") from forgotten')).getRows();
  const greatest = row?.[0] ?? null;
  if (greatest !== null) {
    for (const table of [PERSON_FATES, OBJECT_FATES, RESULTS, REQUESTS]) {
      await connection.run(
        `delete from ${table} where "requestId" <= '${String(greatest)}'::uuid
           and "requestId" in (select "requestId" from forgotten)`,
      );
    }
  }
  await connection.run('drop table forgotten');
}

/** A stretch at the beginning of the journal (see model/retention.ts). */
async function forgetJournal(
  connection: DuckDBConnection,
  { horizon, newest, now }: Pick<Kept, 'newest' | 'now'> & { readonly horizon: number },
): Promise<void> {
  const young = `select min(ordinal) from ${JOURNAL}
    where time >= epoch_ms(${horizon}::bigint) and time <= epoch_ms(${now}::bigint)`;
  await connection.run(
    `delete from ${JOURNAL} where ordinal <= (
       select max(ordinal) from ${JOURNAL}
       where time < epoch_ms(${horizon}::bigint) and ordinal < least(${newest}, coalesce((${young}), ${newest})))`,
  );
}
