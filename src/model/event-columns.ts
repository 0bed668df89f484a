/**
 * Types of event columns: what a value asks of its column, and how a column grows (docs/specs/events.md, E6 to E9).
 *
 *   integer ──► bigInteger ──► text      boolean, json ──► text
 *       └─────► decimal ─────► text      (integers up to 2^53 alone become decimals)
 *
 * Owns: the lattice, and what a column tells exactly. Never: remembers a schema.
 */
import type { CellValue, ColumnType } from './event-table.ts';
import { writtenInteger } from './exact-number.ts';
import { isExactNumber } from './json.ts';
import type { JsonValue } from './json.ts';

/** What values ask of a column, as a set of bits: the column's type depends on the set, never on the order. */
export type Demands = number;

const BOOLEAN = 1;
/** An integer up to 2^53 in size, which doubles tell apart from its neighbours. */
const SMALL_INTEGER = 2;
/** An integer that needs up to 64 bits. */
const LARGE_INTEGER = 4;
/** An integer of up to 38 digits. */
const BIG_INTEGER = 8;
const DECIMAL = 16;
const TEXT = 32;
const JSON_VALUE = 64;
/** An integer of more digits than any numeric column has; its column is text. */
const HUGE_INTEGER = 128;

/** Nothing asked: no value, or nulls alone. */
export const NO_DEMANDS: Demands = 0;

/** The greatest integer below which doubles leave none out. */
const MAX_EXACT_INTEGER = 2 ** 53;
/** The first double beyond 38 digits. */
const BIG_INTEGER_LIMIT = 1e38;
const MAX_BIG_INTEGER_DIGITS = 38;

/** What a value asks of its column. */
export function demandOf(value: JsonValue): Demands {
  switch (typeof value) {
    case 'string':
      return TEXT;
    case 'number':
      return demandOfDouble(value);
    case 'boolean':
      return BOOLEAN;
    default:
      if (value === null) return NO_DEMANDS;
      return isExactNumber(value) ? demandOfToken(value.rawJSON) : JSON_VALUE;
  }
}

function demandOfDouble(value: number): Demands {
  if (!Number.isInteger(value)) return DECIMAL;
  const size = Math.abs(value);
  if (size <= MAX_EXACT_INTEGER) return SMALL_INTEGER;
  return size < BIG_INTEGER_LIMIT ? demandOfInteger(writtenInteger(value)) : DECIMAL;
}

function demandOfToken(token: string): Demands {
  if (!/^-?\d+$/.test(token)) return DECIMAL;
  const digits = token.startsWith('-') ? token.length - 1 : token.length;
  if (digits > MAX_BIG_INTEGER_DIGITS) return HUGE_INTEGER;
  return demandOfInteger(BigInt(token));
}

function demandOfInteger(integer: bigint): Demands {
  const size = integer < 0n ? -integer : integer;
  if (size <= BigInt(MAX_EXACT_INTEGER)) return SMALL_INTEGER;
  return BigInt.asIntN(64, integer) === integer ? LARGE_INTEGER : BIG_INTEGER;
}

/** The type that meets all demands; undefined when nothing is asked. */
export function typeFor(demands: Demands): ColumnType | undefined {
  if (demands === NO_DEMANDS) return undefined;
  if (demands === BOOLEAN) return 'boolean';
  if (demands === JSON_VALUE) return 'json';
  if ((demands & ~(SMALL_INTEGER | LARGE_INTEGER)) === 0) return 'integer';
  if ((demands & ~(SMALL_INTEGER | LARGE_INTEGER | BIG_INTEGER)) === 0) return 'bigInteger';
  return (demands & ~(SMALL_INTEGER | DECIMAL)) === 0 ? 'decimal' : 'text';
}

/** What the values that a column holds already ask, as far as its type tells. */
const DEMANDS_OF_TYPE: Readonly<Record<ColumnType, Demands>> = {
  boolean: BOOLEAN,
  // The least that it may be; see dependsOnGreatest.
  integer: SMALL_INTEGER,
  bigInteger: BIG_INTEGER,
  decimal: DECIMAL,
  text: TEXT,
  json: JSON_VALUE,
};

/** True when an integer column becomes decimal or text depending on the greatest integer that it holds. */
export function dependsOnGreatest(type: ColumnType, demands: Demands): boolean {
  return type === 'integer' && typeFor(demands | SMALL_INTEGER) === 'decimal';
}

/** The type that a column of `type` grows to. `greatest` is asked for when {@link dependsOnGreatest} says so. */
export function grownType(type: ColumnType, demands: Demands, greatest: bigint): ColumnType {
  if (demands === NO_DEMANDS) return type;
  const held = type === 'integer' ? demandOfInteger(greatest) : DEMANDS_OF_TYPE[type];
  return typeFor(held | demands) ?? type;
}

/** True when the column holds values of these demands, one by one, as they are in JavaScript. */
export function holdsAsIs(type: ColumnType, demands: Demands): boolean {
  if (type === 'text') return demands === TEXT;
  if (type === 'boolean') return demands === BOOLEAN;
  return type === 'integer' && demands === SMALL_INTEGER;
}

/** What stands in a cell of this type for a value. The value has been counted among the column's demands. */
export function cellOf(value: JsonValue, type: ColumnType): CellValue {
  if (value === null) return null;
  switch (type) {
    case 'integer':
      return integerCell(value);
    case 'bigInteger':
      return (typeof value === 'number' ? writtenInteger(value) : BigInt(JSON.stringify(value))).toString();
    case 'decimal':
      return decimalCell(value);
    case 'text':
      return typeof value === 'string' ? value : JSON.stringify(value);
    case 'json':
      return JSON.stringify(value);
    case 'boolean':
      return value as boolean;
  }
}

function integerCell(value: JsonValue): number | bigint {
  if (typeof value !== 'number') return BigInt(JSON.stringify(value));
  return Number.isSafeInteger(value) ? value + 0 : writtenInteger(value);
}

// The nearest double; none is near a number beyond the range of doubles.
function decimalCell(value: JsonValue): number | null {
  const double = typeof value === 'number' ? value : Number(JSON.stringify(value));
  return Number.isFinite(double) ? double + 0 : null;
}

/** True when a cell of this type gives the value back without help; else `_extra` keeps it too (law 10). */
export function isToldBy(type: ColumnType, value: JsonValue): boolean {
  if (value === null) return false;
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'decimal':
      return typeof value === 'number';
    default:
      return true;
  }
}
