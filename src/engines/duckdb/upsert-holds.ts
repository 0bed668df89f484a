/**
 * Which rows of a staged run have to wait: those behind an earlier version of their object, and those that name a
 * person that does not exist.
 * Owns: these two questions, asked of the whole run at once. Never: puts an object into waiting.
 *
 *     stage ──hash of the version──► waiting: which have this hash? ──the texts──► behind
 *     stage ──distinct links──► persons: who has this value? ──the rest──► no person
 *
 * Where nothing waits the first question is not asked. Else it costs a scan of one narrow column: the second step,
 * which reads texts, runs for equal hashes alone.
 */
import type { RunLink, UpsertOutcome } from '#model/upsert.ts';
import type { ObjectColumn } from './catalog.ts';
import { textHash, valueOfText, valueText } from './column-types.ts';
import { baseTable, EMAIL_HASH, identifier, PERSONS, PLACE } from './identifiers.ts';
import { columnOf, keySqlType, type Plan } from './upsert-plan.ts';
import { hasEmailHash } from './upsert-write.ts';
import { keyColumnsOf, storedVersionExpression, versionExpression } from './versions.ts';
import { WAITING } from './waiting-state.ts';

const place = identifier(PLACE);

/** Changes the outcomes of rows that would be written and have to wait. An earlier version counts before a person. */
export async function holdBack(plan: Plan, outcomes: UpsertOutcome[]): Promise<void> {
  if (!outcomes.some(isWritten)) return;
  if (looksAtVersions(plan)) hold(outcomes, await placesBehind(plan), 'behind');
  const { link } = plan.target;
  if (link !== undefined && plan.run.action !== 'delete') {
    hold(outcomes, await placesWithoutPerson(plan, link), 'no-person');
  }
}

/** What `matched` has to hold so that a row which matches by identity is told as a version of what it matches. */
export function storedKeyColumns(plan: Plan): string[] {
  return storedKey(plan).map(({ name }, at) => `b.${identifier(name)} as ${storedKeyName(at)}`);
}

function isWritten(outcome: UpsertOutcome): boolean {
  return outcome === 'created' || outcome === 'updated' || outcome === 'deleted';
}

function hold(outcomes: UpsertOutcome[], places: readonly number[], outcome: 'behind' | 'no-person'): void {
  for (const at of places) {
    if (isWritten(outcomes[at] as UpsertOutcome)) outcomes[at] = outcome;
  }
}

function looksAtVersions({ session, target, run }: Plan): boolean {
  return run.action !== 'createDuplicate' && session.catalog.waiting.versionedTables.has(target.table.name);
}

async function placesBehind(plan: Plan): Promise<number[]> {
  const { connection } = plan.session;
  const versions = versionsOf(plan);
  const isEarlier = plan.isOrdered ? '(v.row_order is null or w."order" < v.row_order)' : 'true';
  const found = await connection.run(
    `create or replace temp table held as
     select v.place, w."order" from ${WAITING} w join (${versions}) v on w.version_hash = ${textHash('v.version')}
     where ${isEarlier}`,
  );
  if (Number((await found.getRows())[0]?.[0]) === 0) return [];
  const result = await connection.run(
    `select distinct v.place::integer from held h
     join (${versions}) v on v.place = h.place join ${WAITING} w on w."order" = h."order"
     where w.version = v.version`,
  );
  const places = (await result.getRows()).map(([at]) => Number(at));
  // Millions of versions of one object may wait.
  await connection.run('drop table held');
  return places;
}

/** SELECTs the place of each row, its version, and where that stands among those that wait. */
function versionsOf(plan: Plan): string {
  const { target, run, isOrdered } = plan;
  const order = isOrdered ? ', s.row_order' : '';
  const own = versionExpression(
    target.table.name,
    run.matchBy.map(({ field }) => field.name),
    {
      partition: target.identity === 'id' ? 's.partition_name' : `''`,
      values: run.matchBy.map((match, at) => valueText(keySqlType(target, match), `s.key${at}`)),
    },
  );
  const asSent = `select s.${place} as place, ${own} as version${order} from stage s`;
  const key = storedKey(plan);
  if (key.length === 0) return asSent;
  const values = key.map((_, at) => `m.${storedKeyName(at)}`);
  return `${asSent} union all
    select s.${place}, ${storedVersionExpression(target.table, key, values)}${order}
    from stage s join matched m on m.${place} = s.${place}`;
}

/** The dedupe fields of the objects that rows match by `marketoGUID`; empty where rows match by them anyway. */
function storedKey(plan: Plan): readonly ObjectColumn[] {
  const { table, identity } = plan.target;
  const byIdentity = plan.run.matchBy.some(({ field }) => field.name.toLowerCase() === identity.toLowerCase());
  return byIdentity && looksAtVersions(plan) ? keyColumnsOf(table) : [];
}

/** What the `at`-th of them is called in `matched`. */
function storedKeyName(at: number): string {
  return identifier(`#key${at}`);
}

async function placesWithoutPerson({ session, target, run }: Plan, link: RunLink): Promise<number[]> {
  const value = `s.value${link.at}`;
  const field = columnOf(target.table, run.fields[link.at]?.name ?? '');
  const asText = valueText(field.sqlType, value);
  const text = link.ignoreCase ? `lower(${asText})` : asText;
  const condition = personCondition(session.catalog.objects.get(PERSONS)?.columns, link);
  // Each value once: many objects may name one person, and many persons have one value.
  const known = `select n.text from (select distinct ${text} as text from stage s where ${value} is not null) n
    semi join ${baseTable(PERSONS)} p on ${condition}`;
  const nobody = condition === undefined ? '' : `anti join (${known}) k on k.text = s.text`;
  const result = await session.connection.run(
    `select s.${place}::integer from (select ${place}, ${text} as text from stage s where ${value} is not null) s ${nobody}`,
  );
  return (await result.getRows()).map(([at]) => Number(at));
}

/** Whether person `p` is the one whom `n.text` names. Undefined while no person has a value in that field. */
function personCondition(
  columns: Plan['target']['table']['columns'] | undefined,
  { personField, ignoreCase }: RunLink,
): string | undefined {
  const lower = personField.name.toLowerCase();
  if (lower === 'id') return `p.id = ${valueOfText('BIGINT', 'n.text')}`;
  const column = columns?.get(lower);
  if (column === undefined || !column.used) return undefined;
  const own = `p.${identifier(column.name)}`;
  if (!ignoreCase) return `${own} = ${valueOfText(column.sqlType, 'n.text')}`;
  const texts = `lower(${own}) = n.text`;
  if (!hasEmailHash({ identity: 'id' }, lower)) return texts;
  return `p.${identifier(EMAIL_HASH)} = ${textHash('n.text')} and ${texts}`;
}
