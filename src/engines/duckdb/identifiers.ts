/**
 * Names inside a workspace's database file, and how they are written in SQL.
 * Owns: the schema that users never see, and the names of its tables. Never: runs a statement.
 */

/**
 * Base tables live here; users see views over them. The hyphen keeps it apart from every Postback database,
 * whose names hold letters, digits and `_` alone.
 */
export const BASE_SCHEMA = 'inlet-base';

/** The base table of persons. */
export const PERSONS = 'persons';

/** Columns that only the base tables have; `#` occurs in no column or field name that a sender can make. */
export const EMAIL_HASH = '#emailHash';
export const ORDINAL = '#ordinal';

/** Columns that only staged rows and the rows that they match have. */
export const PLACE = '#place';
export const OLD_ROW = '#oldRow';

/** A name as a quoted SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** True for a UUID as a request has it: what a statement can compare with an id, and quote as it is. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** A base table, qualified. */
export function baseTable(name: string): string {
  return `${identifier(BASE_SCHEMA)}.${identifier(name)}`;
}

/** The base table of a custom object type; types match without regard to case. */
export function objectTableName(apiName: string): string {
  return `object:${apiName.toLowerCase()}`;
}

/** The base table of `database.table`. */
export function eventTableName(database: string, table: string): string {
  return `event:${database}.${table}`;
}
