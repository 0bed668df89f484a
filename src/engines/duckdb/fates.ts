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
  const places = writtenPlaces(outcomes);
  if (places.length === 0) return;
  const identities = identitiesOf(plan, outcomes);
  const firsts = firstObjects(objects, outcomes.length);
  await insertFates(
    plan,
    stretchesOf(
      objects,
      places.map((at) => firsts[at] as number),
    ),
    {
      // Whatever laid the wrong rows side by side would be seen here.
      identity: `case when g.row_place = i.place then i.identity else error('a fate is laid beside another row') end`,
      outcome: 'i.outcome',
      beside: `positional join (from (${identities}) order by place) i`,
    },
  );
  const written = new Set(places);
  const others = [...objects.rows.keys()].filter((at) => {
    const row = objects.rows[at] as number;
    return firsts[row] !== at && written.has(row);
  });
  if (others.length === 0) return;
  await insertFates(plan, stretchesOf(objects, others), {
    identity: 'i.identity',
    outcome: numberOf(plan.run.action === 'delete' ? 'deleted' : 'updated'),
    beside: `join (${identities}) i on i.place = g.row_place`,
  });
}

function writtenPlaces(outcomes: readonly UpsertOutcome[]): number[] {
  return [...outcomes.keys()].filter((at) => WITH_ROW.has(outcomes[at] as UpsertOutcome));
}

const WITH_ROW: ReadonlySet<UpsertOutcome> = new Set(['created', 'updated', 'deleted']);

const NOT_NAMED = -1;

/** Where among the objects the first of each row stands. */
function firstObjects({ rows }: RunObjects, rowCount: number): Int32Array {
  const firsts = new Int32Array(rowCount).fill(NOT_NAMED);
  for (let at = rows.length - 1; at >= 0; at -= 1) firsts[rows[at] as number] = at;
  assert(!firsts.includes(NOT_NAMED), 'the objects of a run name each of its rows');
  return firsts;
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
    const next = { requestId: requestIds[at] as RequestId, index: indexes[at] as number, row: rows[at] as number };
    if (last !== undefined && continues(last, next)) last.length += 1;
    else stretches.push((last = { ...next, length: 1 }));
  }
  return stretches;
}

function continues(last: Stretch, next: Omit<Stretch, 'length'>): boolean {
  return (
    last.row + last.length === next.row && last.index + last.length === next.index && last.requestId === next.requestId
  );
}

/** Expressions over `g`, the objects, and `i`, which lies beside them. */
interface FateSource {
  readonly identity: string;
  readonly outcome: string;
  readonly beside: string;
}

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
  await session.connection.run(
    `insert into ${target.identity === 'id' ? PERSON_FATES : OBJECT_FATES}
     select g."requestId", g."index", ${source.outcome}, ${source.identity}, epoch_ms(${run.objects?.decidedAt})
     from (select id as "requestId", ${index?.expression} + o as "index", ${row?.expression} + o as row_place
           from (select *, unnest(range(${length?.expression})) as o from (${staged.sql}))) g ${source.beside}`,
    staged.parameters,
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
