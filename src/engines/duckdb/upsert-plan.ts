/**
 * A run of upserts before it touches a table: staged, and its columns told apart.
 * Owns: what is staged of a run. Never: reads or writes a base table.
 */
import { must } from '#kit/assert.ts';
import type { FieldValue } from '#model/field.ts';
import type { MatchField, RunLink, UpsertRun } from '#model/upsert.ts';
import { isSystemColumn, type ObjectColumn, type ObjectTable } from './catalog.ts';
import { baseTable } from './identifiers.ts';
import { useColumns } from './object-tables.ts';
import type { Session } from './session.ts';
import { assertStaged, stage, type Staged, type StagedColumn } from './staging.ts';

/** How one kind of object is upserted. */
export interface UpsertTarget {
  readonly table: ObjectTable;
  /** The column that identifies an object for ever. */
  readonly identity: 'id' | 'marketoGUID';
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** Of custom objects whose rows name a person. */
  readonly link?: RunLink | undefined;
  /** Makes a new object's `marketoGUID`; persons are numbered instead. */
  readonly newGuid: () => string;
}

/** A column that some row of the table, or of the run, has a value in. */
export interface WrittenColumn {
  readonly column: ObjectColumn;
  /** Its place in the run's `fields`; undefined when the run does not touch it. */
  readonly inRun: number | undefined;
  /** Some row of the run leaves it as it is, so that the old value is needed. */
  readonly keeps: boolean;
}

/** A run in the temporary table `stage`. */
export interface Plan {
  readonly session: Session;
  readonly target: UpsertTarget;
  readonly run: UpsertRun;
  readonly base: string;
  readonly written: readonly WrittenColumn[];
  /** Whether a row that matches nothing is created. */
  readonly creates: boolean;
  /** One per row where rows may be created and are not numbered; else empty. */
  readonly guids: readonly string[];
  /** Whether some row has a place among the waiting objects, in the column `row_order`. */
  readonly isOrdered: boolean;
}

/** Stages a run that has rows. The table gets the columns that it has not used so far. */
export async function stageRun(session: Session, target: UpsertTarget, run: UpsertRun): Promise<Plan> {
  const { table } = target;
  const fields = valueFields(table, run).map(({ name }) => columnOf(table, name));
  await useColumns(session, table, [...fields, ...matchColumns(target, run)]);
  const creates = createsMissing(target, run);
  const guids = creates && target.identity === 'marketoGUID' ? run.rows.map(target.newGuid) : [];
  const isOrdered = run.rows.some(({ order }) => order !== undefined);
  const staged = stage([...stagedColumns(target, run), ...placeColumns(run, guids, isOrdered)], run.rows.length);
  const made = await session.connection.run(`create or replace temp table stage as ${staged.sql}`, staged.parameters);
  assertStaged(staged, Number((await made.getRows())[0]?.[0]));
  const written = writtenColumns(table, run, staged);
  return { session, target, run, base: baseTable(table.name), written, creates, guids, isOrdered };
}

function createsMissing({ identity }: UpsertTarget, { action, matchBy }: UpsertRun): boolean {
  if (action === 'createDuplicate') return true;
  const byIdentity = matchBy.some(({ field }) => field.name.toLowerCase() === identity.toLowerCase());
  return !byIdentity && (action === 'createOrUpdate' || action === 'createOnly');
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
  }
  return columns;
}

function placeColumns({ rows }: UpsertRun, guids: readonly string[], isOrdered: boolean): StagedColumn[] {
  const columns: StagedColumn[] = [];
  if (guids.length > 0) columns.push({ name: 'guid', sqlType: 'VARCHAR', values: guids });
  if (isOrdered) {
    columns.push({ name: 'row_order', sqlType: 'BIGINT', values: rows.map(({ order }) => order ?? null) });
  }
  return columns;
}

/** The run's fields but for those that the store sets itself, by which an object can be matched all the same. */
export function valueFields(table: ObjectTable, run: UpsertRun): { readonly name: string; readonly at: number }[] {
  if (run.action === 'delete') return [];
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

/** The fields that rows match by, but for the identity. */
function matchColumns(target: UpsertTarget, run: UpsertRun): ObjectColumn[] {
  const names = run.matchBy.map(({ field }) => field.name.toLowerCase());
  return names.filter((name) => name !== target.identity.toLowerCase()).map((name) => columnOf(target.table, name));
}

/** The column of the base table that a match field stands for. */
export function matchColumn(target: UpsertTarget, match: MatchField): string {
  const lower = match.field.name.toLowerCase();
  return lower === target.identity.toLowerCase() ? target.identity : columnOf(target.table, lower).name;
}

/** The type of `key0`, `key1` … */
export function keySqlType(target: UpsertTarget, match: MatchField): string {
  if (match.field.name.toLowerCase() !== target.identity.toLowerCase()) {
    return columnOf(target.table, match.field.name).sqlType;
  }
  return target.identity === 'id' ? 'BIGINT' : 'VARCHAR';
}

export function columnOf(table: ObjectTable, fieldName: string): ObjectColumn {
  return must(table.columns.get(fieldName.toLowerCase()), `field ${fieldName} is defined before it is written`);
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
