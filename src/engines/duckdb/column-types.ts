/**
 * How the model's types look in DuckDB, how values are compared as text, and how an event column that has widened is
 * read. Owns: the two type tables. Never: decides when a column widens.
 */
import type { ColumnType, EventColumn } from '#model/event-table.ts';
import type { DataType } from '#model/field.ts';
import { identifier, ORDINAL } from './identifiers.ts';

const FIELD_TYPES: Readonly<Record<DataType, string>> = {
  string: 'VARCHAR',
  text: 'VARCHAR',
  email: 'VARCHAR',
  phone: 'VARCHAR',
  url: 'VARCHAR',
  reference: 'VARCHAR',
  integer: 'BIGINT',
  score: 'BIGINT',
  percent: 'BIGINT',
  float: 'DOUBLE',
  currency: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  datetime: 'TIMESTAMP',
};

const EVENT_TYPES: Readonly<Record<ColumnType, string>> = {
  boolean: 'BOOLEAN',
  integer: 'BIGINT',
  bigInteger: 'HUGEINT',
  decimal: 'DOUBLE',
  text: 'VARCHAR',
  json: 'JSON',
};

/** The SQL type of a person's or custom object's field. Date-times are UTC. */
export function fieldSqlType(type: DataType): string {
  return FIELD_TYPES[type];
}

/**
 * A stored value as text, equal to `String` of the same value as the model has it: what is compared with values of
 * another type, or kept as part of a key.
 */
export function valueText(sqlType: string, value: string): string {
  if (sqlType === 'VARCHAR') return value;
  const text = `cast(${value} as varchar)`;
  if (sqlType === 'DOUBLE') return shortestNumber(text);
  return sqlType === 'TIMESTAMP' ? `(replace(${text}, ' ', 'T') || 'Z')` : text;
}

/** The value of which `text` is the text; NULL when it is that of none. Made on the smaller side of a join. */
export function valueOfText(sqlType: string, text: string): string {
  if (sqlType === 'VARCHAR') return text;
  const value = `try_cast(${text} as ${sqlType})`;
  return `case when ${valueText(sqlType, value)} = ${text} then ${value} end`;
}

/** The 64 bits by which texts are joined: those of `md5_number_lower`, in a quarter of its time. */
export function textHash(text: string): string {
  return `cast(md5_number(${text}) >> 64 as ubigint)`;
}

/** The SQL type of an event column. */
export function eventSqlType(type: ColumnType): string {
  return EVENT_TYPES[type];
}

/**
 * How an event column is read: as it stands, but for numbers that were doubles when their column became text.
 *
 * Widening is `ALTER COLUMN … TYPE` with a plain cast, which is exact for every pair but decimal → text: DuckDB
 * writes a double as `1.0` and `1e+16` where JSON's senders write `1` and `10000000000000000`. The better form cannot
 * be made by the ALTER itself: DuckDB 1.5 cannot replay an ALTER that calls a function from its write-ahead log, so
 * that a crash would leave a file that never opens again. It is made where older rows are read, which rewrites nothing.
 */
export function eventColumnExpression(column: EventColumn): string {
  const name = identifier(column.column);
  const decimalUntil = column.history.findLast(({ type }) => type === 'decimal')?.until ?? 0;
  if (column.type !== 'text' || decimalUntil === 0) return name;
  return `case when ${identifier(ORDINAL)} < ${decimalUntil} then ${shortestNumber(name)} else ${name} end`;
}

/**
 * The text of a double as ECMAScript writes it (Number::toString), from the text that DuckDB's cast gives: the same
 * shortest digits, but integers ending in `.0`, exponents of at least two digits, and exponents from 1e16 and
 * below 1e-4 where ECMAScript begins at 1e21 and below 1e-6.
 */
function shortestNumber(text: string): string {
  const sign = `case when starts_with(${text}, '-') then '-' else '' end`;
  const mantissa = `regexp_replace(ltrim(split_part(${text}, 'e', 1), '-'), '\\.0$', '')`;
  const digits = `replace(${mantissa}, '.', '')`;
  const exponent = `cast(split_part(${text}, 'e', 2) as integer)`;
  return `case
    when ${text} = '-0.0' then '0'
    when not contains(${text}, 'e') then regexp_replace(${text}, '\\.0$', '')
    when ${exponent} between 0 and 20 then ${sign} || rpad(${digits}, ${exponent} + 1, '0')
    when ${exponent} between -6 and -1 then ${sign} || '0.' || repeat('0', -${exponent} - 1) || ${digits}
    else ${sign} || ${mantissa} || 'e' || case when ${exponent} < 0 then '' else '+' end || cast(${exponent} as varchar)
  end`;
}
