/**
 * Portable names of the types of an answer's columns, the same on every store. The table is in docs/specs/sql.md.
 * Owns: the names. Never: converts a value (see query-values.ts).
 */
import { DuckDBTypeId } from '@duckdb/node-api';
import type { DuckDBType } from '@duckdb/node-api';

const NAMES: Readonly<Partial<Record<DuckDBTypeId, string>>> = {
  [DuckDBTypeId.SQLNULL]: 'null',
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.TINYINT]: 'integer',
  [DuckDBTypeId.SMALLINT]: 'integer',
  [DuckDBTypeId.INTEGER]: 'integer',
  [DuckDBTypeId.UTINYINT]: 'integer',
  [DuckDBTypeId.USMALLINT]: 'integer',
  [DuckDBTypeId.UINTEGER]: 'bigint',
  [DuckDBTypeId.BIGINT]: 'bigint',
  [DuckDBTypeId.UBIGINT]: 'hugeint',
  [DuckDBTypeId.HUGEINT]: 'hugeint',
  [DuckDBTypeId.UHUGEINT]: 'hugeint',
  [DuckDBTypeId.BIGNUM]: 'hugeint',
  [DuckDBTypeId.DECIMAL]: 'decimal',
  [DuckDBTypeId.FLOAT]: 'real',
  [DuckDBTypeId.DOUBLE]: 'double',
  [DuckDBTypeId.VARCHAR]: 'text',
  [DuckDBTypeId.ENUM]: 'text',
  [DuckDBTypeId.UUID]: 'uuid',
  [DuckDBTypeId.BLOB]: 'bytes',
  [DuckDBTypeId.BIT]: 'bit',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.TIME]: 'time',
  [DuckDBTypeId.TIME_NS]: 'time',
  [DuckDBTypeId.TIME_TZ]: 'timetz',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_S]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_MS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_NS]: 'timestamp',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp',
  [DuckDBTypeId.INTERVAL]: 'interval',
  [DuckDBTypeId.UNION]: 'union',
};

/** The portable name of a type, such as `bigint`, `text[]`, `struct(a integer)`; `unknown` for one without a name. */
export function portableTypeName(type: DuckDBType): string {
  if (type.alias === 'JSON') return 'json';
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return `${portableTypeName(type.valueType)}[]`;
    case DuckDBTypeId.MAP:
      return `map(${portableTypeName(type.keyType)}, ${portableTypeName(type.valueType)})`;
    case DuckDBTypeId.STRUCT:
      return `struct(${type.entryNames.map((name, i) => `${name} ${entryTypeName(type.entryTypes[i])}`).join(', ')})`;
    default:
      return NAMES[type.typeId] ?? 'unknown';
  }
}

function entryTypeName(type: DuckDBType | undefined): string {
  return type === undefined ? 'unknown' : portableTypeName(type);
}
