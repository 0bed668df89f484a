/**
 * Records that change after they were written: requests whose pending objects got a fate, failures that are replayed.
 * Owns: these changes, in place and of narrow columns alone. Never: adds a record.
 */
import { addFates, noFates, withDuplicates } from '#model/fates.ts';
import type { FailureRecord, FailureRef, RequestChange, RequestRecord } from '#model/fates.ts';
import type { FateCounts, Lane, RequestId } from '#model/words.ts';
import { baseTable, isUuid, literal } from './identifiers.ts';
import { failureRecord, requestRecord } from './reader-rows.ts';
import type { Session } from './session.ts';
import { stage, type Staged } from './staging.ts';

const FATES = Object.keys(noFates()) as (keyof FateCounts)[];

/** Adds to the counts of requests, and to the workspace's totals. */
export async function settleRequests(session: Session, changes: readonly RequestChange[]): Promise<void> {
  if (changes.length === 0) return;
  // An UPDATE takes one change of a row and drops the others.
  const sums = [...Map.groupBy(changes, ({ requestId }) => requestId).values()].map(summed);
  const staged = stage(
    [
      { name: 'id', sqlType: 'UUID', values: sums.map(({ requestId }) => requestId) },
      { name: 'at_ms', sqlType: 'BIGINT', values: sums.map(({ at }) => at) },
      ...FATES.map((fate) => ({ name: fate, sqlType: 'BIGINT', values: sums.map(({ counts }) => counts[fate]) })),
    ],
    sums.length,
  );
  const counted = FATES.map((fate) => `${fate} = r.${fate} + s.${fate}`);
  const finished = `"finishedAt" = case when r.pending + s.pending = 0 then epoch_ms(s.at_ms) else r."finishedAt" end`;
  const settled = await session.connection.run(
    `update ${baseTable('requests')} r set ${[...counted, finished].join(', ')} from (${staged.sql}) s
     where r."requestId" = s.id and ${within('r."requestId"', sums)} returning r."requestId", r.lane`,
    staged.parameters,
  );
  const lanes = new Map((await settled.getRows()).map(([id, lane]) => [String(id), String(lane) as Lane]));
  for (const { requestId, counts } of sums) {
    const lane = lanes.get(requestId);
    if (lane !== undefined) addFates(session.catalog.totals[lane], counts);
  }
  await nameDuplicates(
    session,
    sums.filter(({ duplicates = [] }) => duplicates.length > 0),
  );
}

/** The records of these requests, in no order. */
export async function requestsOf(session: Session, ids: readonly RequestId[]): Promise<readonly RequestRecord[]> {
  if (ids.length === 0) return [];
  const named = stage([{ name: 'id', sqlType: 'UUID', values: ids }], ids.length);
  const bounds = within(
    'r."requestId"',
    ids.map((requestId) => ({ requestId })),
  );
  const found = await session.connection.run(
    `select r.* from ${baseTable('requests')} r semi join (${named.sql}) s on r."requestId" = s.id where ${bounds}`,
    named.parameters,
  );
  return (await found.getRowObjects()).map(requestRecord);
}

/** Rare: an event waited, and another with its idempotency key was stored meanwhile. */
async function nameDuplicates(session: Session, changes: readonly RequestChange[]): Promise<void> {
  if (changes.length === 0) return;
  const more = new Map(changes.map(({ requestId, duplicates = [] }) => [requestId, duplicates]));
  const records = await requestsOf(session, [...more.keys()]);
  if (records.length === 0) return;
  const repeated = records.map((record): Pick<RequestRecord, 'duplicateOf' | 'duplicates'> => {
    return withDuplicates(record, more.get(record.requestId) ?? []);
  });
  const staged = stage(
    [
      { name: 'id', sqlType: 'UUID', values: records.map(({ requestId }) => requestId) },
      { name: 'whole', sqlType: 'UUID', values: repeated.map(({ duplicateOf }) => duplicateOf ?? null) },
      {
        name: 'parts',
        sqlType: 'JSON',
        values: repeated.map(({ duplicates }) => (duplicates === undefined ? null : JSON.stringify(duplicates))),
      },
    ],
    records.length,
  );
  await session.connection.run(
    `update ${baseTable('requests')} r set "duplicateOf" = s.whole, duplicates = s.parts from (${staged.sql}) s
     where r."requestId" = s.id and ${within('r."requestId"', records)}`,
    staged.parameters,
  );
}

/** The failed objects that are named, in that order. */
export async function failuresOf(
  session: Session,
  refs: readonly FailureRef[],
): Promise<readonly (FailureRecord | undefined)[]> {
  const sound = refs.filter(({ requestId }) => isUuid(requestId));
  if (sound.length === 0) return refs.map(() => undefined);
  const staged = stagedRefs(sound);
  const result = await session.connection.run(
    `select f.* from ${baseTable('failures')} f semi join (${staged.sql}) s
       on f."requestId" = s.id and f."index" = s.at where ${within('f."requestId"', sound)}`,
    staged.parameters,
  );
  const records = (await result.getRowObjects()).map(failureRecord);
  const found = new Map(records.map((record) => [nameOf(record), record]));
  return refs.map((ref) => found.get(nameOf(ref)));
}

/** Notes on failed objects that `replay` has tried them again. */
export async function markReplayed(session: Session, refs: readonly FailureRef[], replay: RequestId): Promise<void> {
  if (refs.length === 0) return;
  const staged = stagedRefs(refs);
  await session.connection.run(
    `update ${baseTable('failures')} f set "replayedBy" = ${literal(replay)}::uuid from (${staged.sql}) s
     where f."requestId" = s.id and f."index" = s.at and ${within('f."requestId"', refs)}`,
    staged.parameters,
  );
}

function summed(changes: readonly RequestChange[]): RequestChange {
  const counts = noFates();
  for (const change of changes) addFates(counts, change.counts);
  const [{ requestId }] = changes as [RequestChange];
  const duplicates = changes.flatMap((change) => change.duplicates ?? []);
  return { requestId, counts, at: Math.max(...changes.map(({ at }) => at)), duplicates };
}

function nameOf({ requestId, index }: FailureRef): string {
  return `${requestId} ${index}`;
}

function stagedRefs(refs: readonly FailureRef[]): Staged {
  return stage(
    [
      { name: 'id', sqlType: 'UUID', values: refs.map(({ requestId }) => requestId) },
      { name: 'at', sqlType: 'INTEGER', values: refs.map(({ index }) => index) },
    ],
    refs.length,
  );
}

/** The bounds let DuckDB pass over most of a table: ids rise with the time of acceptance, and so do the rows. */
function within(column: string, named: readonly { readonly requestId: RequestId }[]): string {
  const ids = named.map(({ requestId }) => requestId);
  const least = ids.reduce((a, b) => (a < b ? a : b));
  const greatest = ids.reduce((a, b) => (a < b ? b : a));
  return `${column} between ${literal(least)}::uuid and ${literal(greatest)}::uuid`;
}
