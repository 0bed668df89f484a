/**
 * Pages of persons and custom objects, for callers that do not ask in SQL.
 * Owns: how a page is found in a base table. Never: writes, or shows a column that no field and no sender knows.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { FieldValue } from '#model/field.ts';
import type { ObjectPage, ObjectPageRequest } from '#ports/store-reader.ts';
import { loadObjectTables, type ObjectTable } from './catalog.ts';
import { textHash, valueOfText } from './column-types.ts';
import { baseTable, EMAIL_HASH, identifier, literal, objectTableName, PERSONS } from './identifiers.ts';
import { fieldValue } from './reader-rows.ts';
import { stage } from './staging.ts';
import { linkText } from './versions.ts';

/** A column that a page can show or match by. */
interface PageColumn {
  readonly name: string;
  readonly sqlType: string;
  readonly ignoreCase: boolean;
  /** The column that holds its hash, where it has one. */
  readonly hash?: string;
}

type Match = NonNullable<ObjectPageRequest['match']>;

const MOMENTS: readonly PageColumn[] = ['createdAt', 'updatedAt'].map((name) => column(name, 'TIMESTAMP'));
const PERSON_COLUMNS = [column('id', 'BIGINT'), column('partitionName', 'VARCHAR'), ...MOMENTS];
const OBJECT_COLUMNS = [column('marketoGUID', 'VARCHAR'), ...MOMENTS];

/** Undefined: the store has no such type yet. Both statements have to see the same snapshot. */
export async function readObjects(
  connection: DuckDBConnection,
  page: ObjectPageRequest,
): Promise<ObjectPage | undefined> {
  const name = page.type.toLowerCase() === PERSONS ? PERSONS : objectTableName(page.type);
  const table = (await loadObjectTables(connection, name)).get(name);
  return table === undefined ? undefined : await readPage(connection, table, page);
}

async function readPage(
  connection: DuckDBConnection,
  table: ObjectTable,
  page: ObjectPageRequest,
): Promise<ObjectPage> {
  const { fields, match, after, limit } = page;
  const columns = columnsOf(table);
  const matching = match === undefined ? { sql: '', parameters: [] } : matchClause(columns, match);
  if (matching === undefined) return { rows: [], hasMore: false };
  const identity = `b.${identifier(table.name === PERSONS ? 'id' : 'marketoGUID')}`;
  const shown = fields.map((name) => {
    const found = columns.get(name.toLowerCase());
    return found === undefined ? 'null' : `b.${identifier(found.name)}`;
  });
  const result = await connection.run(
    `select ${[identity, ...shown].join(', ')} from ${baseTable(table.name)} b ${matching.sql}
     ${after === undefined ? '' : `where ${identity} > ${identityLiteral(after)}`}
     order by ${identity} limit ${limit + 1}`,
    matching.parameters,
  );
  const rows = (await result.getRows()).map(([own, ...values]) => ({
    identity: typeof own === 'bigint' ? Number(own) : String(own),
    values: values.map(fieldValue),
  }));
  return { rows: rows.slice(0, limit), hasMore: rows.length > limit };
}

/** By lower-cased name: what the store sets itself, and the fields that some object has a value in. */
function columnsOf(table: ObjectTable): ReadonlyMap<string, PageColumn> {
  const isPersons = table.name === PERSONS;
  const used = [...table.columns.values()].filter((each) => each.used);
  const fields = used.map(({ name, sqlType, ignoreCase }) => ({
    name,
    sqlType,
    ignoreCase: ignoreCase === true,
    ...(isPersons && name.toLowerCase() === 'email' && { hash: EMAIL_HASH }),
  }));
  const system = isPersons ? PERSON_COLUMNS : OBJECT_COLUMNS;
  return new Map([...fields, ...system].map((each) => [each.name.toLowerCase(), each]));
}

/** A join that keeps the objects with one of the keys. Undefined: no object can have one. */
function matchClause(
  columns: ReadonlyMap<string, PageColumn>,
  { fields, keys }: Match,
): { readonly sql: string; readonly parameters: string[] } | undefined {
  const matched = fields.map((name) => columns.get(name.toLowerCase()));
  if (!matched.every((each) => each !== undefined)) return undefined;
  const fitting = keys.filter((key) => matched.every((each, at) => isOfType(each, key[at] ?? null)));
  if (fitting.length === 0) return undefined;
  const staged = stage(
    matched.map(({ ignoreCase }, at) => ({
      name: `key${at}`,
      sqlType: 'VARCHAR',
      values: fitting.map((key) => linkText(key[at] ?? null, ignoreCase)),
    })),
    fitting.length,
  );
  const conditions = matched.map((each, at) => condition(each, `k.key${at}`));
  return { sql: `semi join (${staged.sql}) k on ${conditions.join(' and ')}`, parameters: staged.parameters };
}

function condition({ name, sqlType, ignoreCase, hash }: PageColumn, key: string): string {
  const own = `b.${identifier(name)}`;
  if (!ignoreCase) return `${own} = ${valueOfText(sqlType, key)}`;
  const texts = `lower(${own}) = ${key}`;
  return hash === undefined ? texts : `b.${identifier(hash)} = ${textHash(key)} and ${texts}`;
}

/** A number is not equal to its text. */
function isOfType({ sqlType }: PageColumn, value: FieldValue): boolean {
  const isText = sqlType === 'VARCHAR' || sqlType === 'DATE' || sqlType === 'TIMESTAMP';
  return value !== null && isText === (typeof value === 'string');
}

function identityLiteral(identity: number | string): string {
  return typeof identity === 'number' ? String(identity) : literal(identity);
}

function column(name: string, sqlType: string): PageColumn {
  return { name, sqlType, ignoreCase: false };
}
