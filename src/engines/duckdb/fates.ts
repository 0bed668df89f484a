/**
 * The fates of objects that have a row, one row each.
 * Owns: their tables, and the view over them. Never: decides a fate; the upsert has.
 *
 *     first object of each row ──stretches──► unnest ──► request, index, row ┐ side by side, both in the order of rows
 *     matched, created ──────────────────────► order ──► identity, outcome ──┘
 *     objects folded into a row behind its first ──stretches──► unnest ──join by row──► identity
 *
 * Objects come in requests, so that a batch of 50,000 is a few hundred stretches in which request, index and row rise
 * together: nothing travels object by object. Laying rows side by side costs a third of a join, and keeps the order in
 * which requests were accepted, which compresses their ids to nothing.
 */
import { assert } from '#kit/assert.ts';
import type { ObjectFate } from '#model/fates.ts';
import type { RunObjects, UpsertOutcome } from '#model/upsert.ts';
import type { RequestId } from '#model/words.ts';
import { baseTable, identifier, PLACE } from './identifiers.ts';
import { stage, type StagedColumn } from './staging.ts';
import type { Plan } from './upsert-plan.ts';

export const PERSON_FATES: string = baseTable('person_fates');
export const OBJECT_FATES: string = baseTable('object_fates');

/** What stands in the column `outcome`, by its number. */
export const FATE_OUTCOMES: readonly ObjectFate['outcome'][] = ['created', 'updated', 'deleted'];

/** The type of a fate is that of its request, which stays as long as its fates. */
export const FATES_DDL: string = `
  create table if not exists ${PERSON_FATES} (
    "requestId" uuid, "index" integer, outcome utinyint, identity bigint, "decidedAt" timestamp);
  create table if not exists ${OBJECT_FATES} (
    "requestId" uuid, "index" integer, outcome utinyint, identity varchar, "decidedAt" timestamp);
  create or replace view inlet.fates as
    select f."requestId", f."index", r.type,
      case f.outcome ${FATE_OUTCOMES.map((outcome, at) => `when ${at} then '${outcome}'`).join(' ')} end as outcome,
      f.identity, f."decidedAt"
    from (select * replace (cast(identity as varchar) as identity) from ${PERSON_FATES}
          union all from ${OBJECT_FATES}) f
      join ${baseTable('requests')} r on r."requestId" = f."requestId";
`;

const place = identifier(PLACE);

/** Keeps the fates of a run that has been written; `stage`, `matched` and `created` still hold its rows. */
export async function recordFates(plan: Plan, outcomes: readonly UpsertOutcome[]): Promise<void> {
  const { objects } = plan.run;
  if (objects === undefined) return;
  const { firsts, others } = placesOf(objects, outcomes);
  if (firsts.length === 0) return;
  const identities = identitiesOf(plan, outcomes);
  await insertFates(plan, stretchesOf(objects, firsts), {
    // Whatever laid the wrong rows side by side would be seen here.
    identity: `case when g.row_place = i.place then i.identity else error('a fate is laid beside another row') end`,
    outcome: 'i.outcome',
    beside: `positional join (from (${identities}) order by place) i`,
  });
  if (others.length === 0) return;
  await insertFates(plan, stretchesOf(objects, others), {
    identity: 'i.identity',
    outcome: numberOf(plan.run.action === 'delete' ? 'deleted' : 'updated'),
    beside: `join (${identities}) i on i.place = g.row_place`,
  });
}

/** Places among the objects of those that have a fate: the first of each row, in the order of rows, and the others. */
interface ObjectPlaces {
  readonly firsts: readonly number[];
  readonly others: readonly number[];
}

const NOT_NAMED = -1;

function placesOf({ rows }: RunObjects, outcomes: readonly UpsertOutcome[]): ObjectPlaces {
  const firstOf = new Int32Array(outcomes.length).fill(NOT_NAMED);
  const others: number[] = [];
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] as number;
    if (firstOf[row] === NOT_NAMED) firstOf[row] = at;
    else if (hasRow(outcomes[row])) others.push(at);
  }
  assert(!firstOf.includes(NOT_NAMED), 'the objects of a run name each of its rows');
  const firsts: number[] = [];
  for (let row = 0; row < outcomes.length; row += 1) {
    if (hasRow(outcomes[row])) firsts.push(firstOf[row] as number);
  }
  return { firsts, others };
}

function hasRow(outcome: UpsertOutcome | undefined): boolean {
  return outcome === 'created' || outcome === 'updated' || outcome === 'deleted';
}

/** Objects of one request whose indexes and rows rise by one from each to the next. */
interface Stretch {
  readonly requestId: RequestId;
  readonly index: number;
  readonly row: number;
  length: number;
}

/** Of the objects that stand at these places, in this order. */
function stretchesOf({ rows, requestIds, indexes }: RunObjects, places: readonly number[]): Stretch[] {
  const stretches: Stretch[] = [];
  let last: Stretch | undefined;
  for (const at of places) {
    const [index, row, requestId] = [indexes[at] as number, rows[at] as number, requestIds[at] as RequestId];
    const continues =
      last !== undefined &&
      last.row + last.length === row &&
      last.index + last.length === index &&
      last.requestId === requestId;
    if (continues) (last as Stretch).length += 1;
    else stretches.push((last = { requestId, index, row, length: 1 }));
  }
  return stretches;
}

/** Expressions over `g`, the objects, and `i`, which lies beside them. */
interface FateSource {
  readonly identity: string;
  readonly outcome: string;
  readonly beside: string;
}

/** With long texts as parameters DuckDB plans a join for longer than it runs it; few are cheaper without a table. */
const INLINE_STRETCHES = 500;

async function insertFates(plan: Plan, stretches: readonly Stretch[], source: FateSource): Promise<void> {
  const { session, target, run } = plan;
  const [index, row, length] = (['index', 'row', 'length'] as const).map((name) => stretchColumn(stretches, name));
  const staged = stage(
    [
      { name: 'id', sqlType: 'UUID', values: stretches.map(({ requestId }) => requestId) },
      ...[index, row, length].flatMap((column) => column?.staged ?? []),
    ],
    stretches.length,
  );
  const isLong = stretches.length > INLINE_STRETCHES;
  if (isLong) {
    await session.connection.run(`create or replace temp table stretches as ${staged.sql}`, staged.parameters);
  }
  const offset = length?.expression === '1' ? '0' : `unnest(range(${length?.expression}))`;
  await session.connection.run(
    `insert into ${target.identity === 'id' ? PERSON_FATES : OBJECT_FATES}
     select g."requestId", g."index", ${source.outcome}, ${source.identity}, epoch_ms(${run.objects?.decidedAt})
     from (select id as "requestId", ${index?.expression} + o as "index", ${row?.expression} + o as row_place
           from (select *, ${offset} as o from (${isLong ? 'from stretches' : staged.sql}))) g ${source.beside}`,
    isLong ? [] : staged.parameters,
  );
}

/** One that is the same everywhere does not travel: requests of one object have the index 0 and the length 1. */
function stretchColumn(
  stretches: readonly Stretch[],
  name: 'index' | 'row' | 'length',
): { readonly expression: string; readonly staged?: StagedColumn } {
  const values = stretches.map((stretch) => stretch[name]);
  if (values.every((value) => value === values[0])) return { expression: String(values[0]) };
  const column = `first_${name}`;
  return { expression: column, staged: { name: column, sqlType: 'BIGINT', values } };
}

/** SELECTs place, identity and outcome of each row that was written. */
function identitiesOf({ run, target }: Plan, outcomes: readonly UpsertOutcome[]): string {
  const sources: string[] = [];
  if (outcomes.includes('updated') || outcomes.includes('deleted')) {
    const outcome = numberOf(run.action === 'delete' ? 'deleted' : 'updated');
    const identity = identifier(target.identity);
    sources.push(`select ${place} as place, ${identity} as identity, ${outcome} as outcome from matched`);
  }
  if (outcomes.includes('created')) {
    sources.push(`select ${place} as place, identity, ${numberOf('created')} as outcome from created`);
  }
  return sources.join(' union all ');
}

function numberOf(outcome: ObjectFate['outcome']): string {
  return `${FATE_OUTCOMES.indexOf(outcome)}::utinyint`;
}
