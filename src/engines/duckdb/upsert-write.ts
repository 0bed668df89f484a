/**
 * The statements by which a staged run changes its table.
 * Owns: what a written row holds. Never: decides which rows are written; those that may not be are gone by then.
 */
import { textHash } from './column-types.ts';
import { EMAIL_HASH, identifier, OLD_ROW, PLACE } from './identifiers.ts';
import type { Plan, UpsertTarget, WrittenColumn } from './upsert-plan.ts';

const place = identifier(PLACE);
const oldRow = identifier(OLD_ROW);

type ColumnValue = readonly [column: string, expression: string];

/** Deletes the rows that `matched` holds. */
export async function deleteMatched({ session, target, base }: Plan): Promise<void> {
  session.rewrittenTables.add(target.table.name);
  await session.connection.run(`delete from ${base} where rowid in (select ${oldRow} from matched)`);
}

/** Puts merged rows in the place of those that `matched` holds. */
export async function replaceMatched(plan: Plan): Promise<void> {
  const { target, written } = plan;
  const expressions = new Map(written.map((each) => [each.column.name, mergedValue(each)]));
  const values: ColumnValue[] = [
    [target.identity, `m.${identifier(target.identity)}`],
    ['createdAt', 'm."createdAt"'],
    ['updatedAt', 'epoch_ms(s.last_ms)'],
    ...partitionValues(target),
    ...expressions,
    ...emailHashValues(target, expressions),
  ];
  await deleteMatched(plan);
  await insert(plan, values, `stage s join matched m on m.${place} = s.${place}`);
}

/**
 * Inserts the staged rows that matched nothing, of which there are `count`; persons are numbered in their order. The
 * temporary table `created` says which row has got which identity.
 */
export async function createRest(plan: Plan, count: number): Promise<void> {
  const { session, target, run, written } = plan;
  const inRun = written.filter((each) => each.inRun !== undefined);
  const expressions = new Map(inRun.map((each) => [each.column.name, `s.value${each.inRun}`]));
  const { catalog, connection } = session;
  const identity =
    target.identity === 'id' ? `${catalog.nextPersonId - 1} + row_number() over (order by s.${place})` : 's.guid';
  const matchless = run.action === 'createDuplicate' ? '' : `anti join matched m on m.${place} = s.${place}`;
  await connection.run(
    `create or replace temp table created as select s.${place}, ${identity} as identity from stage s ${matchless}`,
  );
  const values: ColumnValue[] = [
    [target.identity, 'c.identity'],
    ['createdAt', 'epoch_ms(s.first_ms)'],
    ['updatedAt', 'epoch_ms(s.last_ms)'],
    ...partitionValues(target),
    ...expressions,
    ...emailHashValues(target, expressions),
  ];
  await insert(plan, values, `stage s join created c on c.${place} = s.${place}`);
  if (target.identity === 'id') catalog.nextPersonId += count;
}

/** True of the field whose hash stands beside it. */
export function hasEmailHash(target: Pick<UpsertTarget, 'identity'>, fieldName: string): boolean {
  return target.identity === 'id' && fieldName.toLowerCase() === 'email';
}

function mergedValue({ column, inRun, keeps }: WrittenColumn): string {
  const old = `m.${identifier(column.name)}`;
  if (inRun === undefined) return old;
  return keeps ? `case when s.value${inRun}_absent then ${old} else s.value${inRun} end` : `s.value${inRun}`;
}

function partitionValues(target: UpsertTarget): ColumnValue[] {
  return target.identity === 'id' ? [['partitionName', 's.partition_name']] : [];
}

function emailHashValues(target: UpsertTarget, expressions: ReadonlyMap<string, string>): ColumnValue[] {
  for (const [name, expression] of expressions) {
    if (hasEmailHash(target, name)) return [[EMAIL_HASH, textHash(`lower(${expression})`)]];
  }
  return [];
}

async function insert({ session, base }: Plan, values: readonly ColumnValue[], from: string): Promise<void> {
  const names = values.map(([name]) => identifier(name)).join(', ');
  const expressions = values.map(([, expression]) => expression).join(', ');
  await session.connection.run(`insert into ${base} (${names}) select ${expressions} from ${from}`);
}
