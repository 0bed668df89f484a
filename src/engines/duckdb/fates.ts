/**
 * The fates of objects that have a row, one row each.
 * Owns: their table, and the view over it. Never: decides a fate; the upsert has.
 *
 *     run.objects ──stretches──► stage ──unnest──► request, index, row ──┬─ matched: updated or deleted, by identity
 *                                                                        └─ created: its first object created it
 *
 * Objects come in requests, so that a batch of 50,000 is a few hundred stretches in which request, index and row rise
 * together; what they became is joined inside DuckDB, and nothing travels row by row.
 */
import type { ObjectFate } from '#model/fates.ts';
import type { RunObjects, UpsertOutcome } from '#model/upsert.ts';
import type { RequestId } from '#model/words.ts';
import { baseTable, identifier, PLACE } from './identifiers.ts';
import { assertStaged, stage, type Staged } from './staging.ts';
import type { Plan } from './upsert-plan.ts';

export const FATES: string = baseTable('fates');

/** What stands in the column `outcome`, by its number. */
export const FATE_OUTCOMES: readonly ObjectFate['outcome'][] = ['created', 'updated', 'deleted'];

/** One of `personId` and `guid` is null. The type of a fate is that of its request, which stays as long as its fates. */
export const FATES_DDL: string = `
  create table if not exists ${FATES} (
    "requestId" uuid, "index" integer, outcome utinyint, "personId" bigint, guid varchar, "decidedAt" timestamp);
  create or replace view inlet.fates as
    select f."requestId", f."index", r.type,
      case f.outcome ${FATE_OUTCOMES.map((outcome, at) => `when ${at} then '${outcome}'`).join(' ')} end as outcome,
      coalesce(cast(f."personId" as varchar), f.guid) as identity, f."decidedAt"
    from ${FATES} f join ${baseTable('requests')} r on r."requestId" = f."requestId";
`;

const place = identifier(PLACE);

/** Keeps the fates of a run that has been written; `stage`, `matched` and `created` still hold its rows. */
export async function recordFates(plan: Plan, outcomes: readonly UpsertOutcome[]): Promise<void> {
  const { run, session } = plan;
  if (run.objects === undefined) return;
  const sources = sourcesOf(plan, outcomes);
  const stretches = stretchesOf(run.objects, outcomes);
  if (sources.length === 0 || stretches.length === 0) return;
  const staged = stageStretches(stretches);
  const identity = `coalesce(${sources.map(({ identityOf }) => identityOf).join(', ')})`;
  const column = plan.target.identity === 'id' ? '"personId"' : 'guid';
  const added = await session.connection.run(
    `insert into ${FATES} ("requestId", "index", outcome, ${column}, "decidedAt")
     select g."requestId", g."index", ${outcomeOf(plan, outcomes)}, ${identity}, epoch_ms(${run.objects.decidedAt})
     from (select id as "requestId", first_index + o as "index", first_row + o as at, again
           from (select *, unnest(range(length)) as o from (${staged.sql}))) g
     ${sources.map(({ join }) => join).join(' ')}`,
    staged.parameters,
  );
  const objects = stretches.reduce((sum, { length }) => sum + length, 0);
  assertStaged({ ...staged, rowCount: objects }, added.rowsChanged);
}

/** Objects of one request whose indexes and rows rise by one from each to the next, all of them with a fate. */
interface Stretch {
  readonly requestId: RequestId;
  readonly index: number;
  readonly row: number;
  /** An object before it has the same row. */
  readonly again: boolean;
  length: number;
}

function stretchesOf({ rows, requestIds, indexes }: RunObjects, outcomes: readonly UpsertOutcome[]): Stretch[] {
  const begun = new Uint8Array(outcomes.length);
  const stretches: Stretch[] = [];
  let last: Stretch | undefined;
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] as number;
    if (!WITH_ROW.has(outcomes[row] as UpsertOutcome)) continue;
    const again = begun[row] === 1;
    begun[row] = 1;
    const next = { requestId: requestIds[at] as RequestId, index: indexes[at] as number, row, again, length: 1 };
    if (last !== undefined && continues(last, next)) last.length += 1;
    else stretches.push((last = next));
  }
  return stretches;
}

const WITH_ROW: ReadonlySet<UpsertOutcome> = new Set(['created', 'updated', 'deleted']);

function continues(last: Stretch, next: Stretch): boolean {
  return (
    last.row + last.length === next.row &&
    last.index + last.length === next.index &&
    last.again === next.again &&
    last.requestId === next.requestId
  );
}

function stageStretches(stretches: readonly Stretch[]): Staged {
  return stage(
    [
      { name: 'id', sqlType: 'UUID', values: stretches.map(({ requestId }) => requestId) },
      { name: 'first_index', sqlType: 'INTEGER', values: stretches.map(({ index }) => index) },
      { name: 'first_row', sqlType: 'BIGINT', values: stretches.map(({ row }) => row) },
      { name: 'length', sqlType: 'INTEGER', values: stretches.map(({ length }) => length) },
      { name: 'again', sqlType: 'BOOLEAN', values: stretches.map(({ again }) => again) },
    ],
    stretches.length,
  );
}

/** Where the identities of a run's objects are found. */
interface IdentitySource {
  readonly join: string;
  readonly identityOf: string;
}

function sourcesOf({ target }: Plan, outcomes: readonly UpsertOutcome[]): IdentitySource[] {
  const own = identifier(target.identity);
  const sources: IdentitySource[] = [];
  const created = outcomes.includes('created');
  if (outcomes.includes('updated') || outcomes.includes('deleted')) {
    const join = created ? 'left join' : 'join';
    sources.push({ join: `${join} matched m on m.${place} = g.at`, identityOf: `m.${own}` });
  }
  if (created) {
    const join = sources.length > 0 ? 'left join' : 'join';
    const [table, identity] = target.identity === 'id' ? ['created', 'c.id'] : ['stage', 'c.guid'];
    sources.push({ join: `${join} ${table} c on c.${place} = g.at`, identityOf: identity });
  }
  return sources;
}

function outcomeOf({ run }: Plan, outcomes: readonly UpsertOutcome[]): string {
  if (run.action === 'delete') return number('deleted');
  if (!outcomes.includes('created')) return number('updated');
  const matched = outcomes.includes('updated') ? `m.${place} is not null or` : '';
  return `case when ${matched} g.again then ${number('updated')} else ${number('created')} end`;
}

function number(outcome: ObjectFate['outcome']): string {
  return `${FATE_OUTCOMES.indexOf(outcome)}::utinyint`;
}
