/** What clients call the types of a result's columns: the names of Presto. */

const NAMES: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  integer: 'integer',
  bigint: 'bigint',
  real: 'real',
  double: 'double',
  date: 'date',
};

/** `type` is a portable name of docs/specs/sql.md. What Presto has no plain name for is shown as text. */
export function hiveTypeName(type: string): string {
  return NAMES[type] ?? 'varchar';
}
