/**
 * Upserts a run of objects, set by set.
 * Owns: the statements. Never: decides in which order runs come.
 *
 *     run ──stage──► stage ──one join with the base table──► matched (old rows, whole)
 *                      │                                        │
 *                      │          delete the old rows by rowid ◄┤
 *                      └──► insert stage over matched ◄─────────┘      insert what matched nothing
 *
 * DuckDB's UPDATE and MERGE rewrite each touched vector of each compressed column in place: with 50,000 random keys
 * among 10 million persons that is all of them, and takes seconds. Deleting marks rows and inserting appends, so the
 * cost is the one scan of the join, nearly the same for 1,000 rows and 250,000. Rows move when they are updated;
 * what identifies an object is its id, never its place.
 */
import { must } from '#kit/assert.ts';
import type { FieldValue } from '#model/field.ts';
import type { MatchField, UpsertOutcome, UpsertRun } from '#model/upsert.ts';
import { isSystemColumn, type ObjectColumn, type ObjectTable } from './catalog.ts';
import { baseTable, EMAIL_HASH, identifier, OLD_ROW, PLACE } from './identifiers.ts';
import { useColumns } from './object-tables.ts';
import type { Session } from './session.ts';
import { assertStaged, stage, type Staged, type StagedColumn } from './staging.ts';

const place = identifier(PLACE);
const oldRow = identifier(OLD_ROW);

/** How one kind of object is upserted. */
export interface UpsertTarget {
  readonly table: ObjectTable;
  /** The column that identifies an object for ever. */
  readonly identity: 'id' | 'marketoGUID';
  readonly createMissing: boolean;
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** Makes a new object's `marketoGUID`; persons are numbered instead. */
  readonly newGuid: () => string;
}

/** A column that some row of the table, or of the run, has a value in. */
interface WrittenColumn {
  readonly column: ObjectColumn;
  /** Its place in the run's `fields`; undefined when the run does not touch it. */
  readonly inRun: number | undefined;
  /** Some row of the run leaves it as it is, so that the old value is needed. */
  readonly keeps: boolean;
}

interface Plan {
  readonly session: Session;
  readonly target: UpsertTarget;
  readonly run: UpsertRun;
  readonly base: string;
  readonly written: readonly WrittenColumn[];
}

/** Applies the run; one outcome per row, in the order of the rows. */
export async function upsert(session: Session, target: UpsertTarget, run: UpsertRun): Promise<UpsertOutcome[]> {
  if (run.rows.length === 0) return [];
  const { table } = target;
  const fields = valueFields(table, run).map(({ name }) => columnOf(table, name));
  await useColumns(session, table, [...fields, ...matchColumns(target, run)]);
  const staged = stage(stagedColumns(target, run), run.rows.length);
  const created = await session.connection.run(
    `create or replace temp table stage as ${staged.sql}`,
    staged.parameters,
  );
  assertStaged(staged, await countOf(created));
  const written = writtenColumns(table, run, staged);
  const plan: Plan = { session, target, run, base: baseTable(table.name), written };
  await fetchMatches(plan);
  const matches = await matchCounts(plan);
  if (matches.some((count) => count > 1)) await settleSeveral(plan);
  if (matches.some((count) => count > 0)) await replaceMatched(plan);
  if (target.createMissing) await createRest(plan, matches.filter((count) => count === 0).length);
  return matches.map((count) => outcomeOf(count, target));
}

function outcomeOf(matches: number, target: UpsertTarget): UpsertOutcome {
  if (matches === 0) return target.createMissing ? 'created' : 'not-found';
  return matches === 1 || target.multipleMatches === 'update-most-recent' ? 'updated' : 'several-matches';
}

function stagedColumns(target: UpsertTarget, run: UpsertRun): StagedColumn[] {
  const { rows } = run;
  const columns: StagedColumn[] = [
    { name: 'first_ms', sqlType: 'BIGINT', values: rows.map((row) => wholeSeconds(row.firstAcceptedAt)) },
    { name: 'last_ms', sqlType: 'BIGINT', values: rows.map((row) => wholeSeconds(row.lastAcceptedAt)) },
    ...run.matchBy.map((match, at) => ({
      name: `key${at}`,
      sqlType: keySqlType(target, match),
      values: rows.map((row) => row.key[at] as FieldValue),
    })),
    ...valueFields(target.table, run).map(({ name, at }) => ({
      name: `value${at}`,
      sqlType: columnOf(target.table, name).sqlType,
      values: rows.map((row) => row.values[at]),
    })),
  ];
  if (target.identity === 'id') {
    columns.push({ name: 'partition_name', sqlType: 'VARCHAR', values: rows.map((row) => row.partition) });
  } else if (target.createMissing) {
    columns.push({ name: 'guid', sqlType: 'VARCHAR', values: rows.map(target.newGuid) });
  }
  return columns;
}

/** The run's fields but for those that the store sets itself, by which an object can be matched all the same. */
function valueFields(table: ObjectTable, run: UpsertRun): { readonly name: string; readonly at: number }[] {
  return run.fields.map(({ name }, at) => ({ name, at })).filter(({ name }) => !isSystemColumn(table.name, name));
}

function writtenColumns(table: ObjectTable, run: UpsertRun, staged: Staged): WrittenColumn[] {
  const places = new Map(valueFields(table, run).map(({ name, at }) => [name.toLowerCase(), at]));
  const written: WrittenColumn[] = [];
  for (const [lower, column] of table.columns) {
    const inRun = places.get(lower);
    const keeps = inRun === undefined || staged.absent.has(`value${inRun}`);
    if (column.used) written.push({ column, inRun, keeps });
  }
  return written;
}

/** The one join: fetches the old rows as far as they are kept. */
async function fetchMatches({ session, target, run, base, written }: Plan): Promise<void> {
  const kept = written.filter(({ keeps }) => keeps).map(({ column }) => identifier(column.name));
  const old = [identifier(target.identity), '"createdAt"', '"updatedAt"', ...kept].map((name) => `b.${name}`);
  const conditions = run.matchBy.flatMap((match, at) => matchConditions(target, match, at));
  if (target.identity === 'id') conditions.push('b."partitionName" = s.partition_name');
  await session.connection.run(
    `create or replace temp table matched as
     select s.${place}, b.rowid as ${oldRow}, ${old.join(', ')}
     from ${base} b join stage s on ${conditions.join(' and ')}`,
  );
}

/** Several keys may share a hash, so that the texts are compared as well; for equal hashes alone, and cheaply. */
function matchConditions(target: UpsertTarget, match: MatchField, at: number): string[] {
  const column = `b.${identifier(matchColumn(target, match))}`;
  if (!match.ignoreCase) return [`${column} = s.key${at}`];
  const texts = `lower(${column}) = lower(s.key${at})`;
  return hasEmailHash(target, match.field.name)
    ? [`b.${identifier(EMAIL_HASH)} = md5_number_lower(lower(s.key${at}))`, texts]
    : [texts];
}

/** How many objects each row of the run matches, in the order of the rows. */
async function matchCounts({ session, run }: Plan): Promise<number[]> {
  const result = await session.connection.run(
    `select ${place}::integer, count(*)::integer from matched group by ${place}`,
  );
  const counts = Array.from(run.rows, () => 0);
  const [places = [], found = []] = await result.getColumns();
  places.forEach((place, at) => {
    counts[Number(place)] = Number(found[at]);
  });
  return counts;
}

/** Rows with several matches keep the one that was updated last, or drop out altogether. */
async function settleSeveral({ session, target }: Plan): Promise<void> {
  const { connection } = session;
  if (target.multipleMatches === 'update-most-recent') {
    await connection.run(
      `delete from matched where ${oldRow} in (
         select ${oldRow} from matched
         qualify row_number() over (
           partition by ${place} order by "updatedAt" desc, ${identifier(target.identity)} desc) > 1)`,
    );
    return;
  }
  const several = `select ${place} from matched group by ${place} having count(*) > 1`;
  await connection.run(`delete from stage where ${place} in (${several})`);
  await connection.run(`delete from matched where ${place} in (${several})`);
}

async function replaceMatched({ session, target, base, written }: Plan): Promise<void> {
  const expressions = new Map(written.map((each) => [each.column.name, mergedValue(each)]));
  const values: [string, string][] = [
    [target.identity, `m.${identifier(target.identity)}`],
    ['createdAt', 'm."createdAt"'],
    ['updatedAt', 'epoch_ms(s.last_ms)'],
    ...partitionValues(target),
    ...expressions,
    ...emailHashValues(target, expressions),
  ];
  session.rewrittenTables.add(target.table.name);
  await session.connection.run(`delete from ${base} where rowid in (select ${oldRow} from matched)`);
  await insert(session, base, values, `stage s join matched m on m.${place} = s.${place}`);
}

async function createRest({ session, target, base, written }: Plan, count: number): Promise<void> {
  if (count === 0) return;
  const inRun = written.filter((each) => each.inRun !== undefined);
  const expressions = new Map(inRun.map((each) => [each.column.name, `s.value${each.inRun}`]));
  const { catalog } = session;
  const identity =
    target.identity === 'id' ? `${catalog.nextPersonId - 1} + row_number() over (order by s.${place})` : 's.guid';
  const values: [string, string][] = [
    [target.identity, identity],
    ['createdAt', 'epoch_ms(s.first_ms)'],
    ['updatedAt', 'epoch_ms(s.last_ms)'],
    ...partitionValues(target),
    ...expressions,
    ...emailHashValues(target, expressions),
  ];
  await insert(session, base, values, `stage s anti join matched m on m.${place} = s.${place}`);
  if (target.identity === 'id') catalog.nextPersonId += count;
}

function mergedValue({ column, inRun, keeps }: WrittenColumn): string {
  const old = `m.${identifier(column.name)}`;
  if (inRun === undefined) return old;
  return keeps ? `case when s.value${inRun}_absent then ${old} else s.value${inRun} end` : `s.value${inRun}`;
}

function partitionValues(target: UpsertTarget): [string, string][] {
  return target.identity === 'id' ? [['partitionName', 's.partition_name']] : [];
}

function emailHashValues(target: UpsertTarget, expressions: ReadonlyMap<string, string>): [string, string][] {
  for (const [name, expression] of expressions) {
    if (hasEmailHash(target, name)) return [[EMAIL_HASH, `md5_number_lower(lower(${expression}))`]];
  }
  return [];
}

async function insert(
  session: Session,
  base: string,
  values: readonly (readonly [string, string])[],
  from: string,
): Promise<void> {
  const names = values.map(([name]) => identifier(name)).join(', ');
  const expressions = values.map(([, expression]) => expression).join(', ');
  await session.connection.run(`insert into ${base} (${names}) select ${expressions} from ${from}`);
}

function hasEmailHash(target: UpsertTarget, fieldName: string): boolean {
  return target.identity === 'id' && fieldName.toLowerCase() === 'email';
}

/** The fields that rows match by, but for the identity. */
function matchColumns(target: UpsertTarget, run: UpsertRun): ObjectColumn[] {
  const names = run.matchBy.map(({ field }) => field.name.toLowerCase());
  return names.filter((name) => name !== target.identity.toLowerCase()).map((name) => columnOf(target.table, name));
}

function matchColumn(target: UpsertTarget, match: MatchField): string {
  const lower = match.field.name.toLowerCase();
  return lower === target.identity.toLowerCase() ? target.identity : columnOf(target.table, lower).name;
}

function keySqlType(target: UpsertTarget, match: MatchField): string {
  if (match.field.name.toLowerCase() !== target.identity.toLowerCase()) {
    return columnOf(target.table, match.field.name).sqlType;
  }
  return target.identity === 'id' ? 'BIGINT' : 'VARCHAR';
}

function columnOf(table: ObjectTable, fieldName: string): ObjectColumn {
  return must(table.columns.get(fieldName.toLowerCase()), `field ${fieldName} is defined before it is written`);
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

async function countOf(created: { getRows(): Promise<readonly (readonly unknown[])[]> }): Promise<number> {
  return Number((await created.getRows())[0]?.[0]);
}
