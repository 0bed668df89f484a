/**
 * Values of an answer as JSON values, exact for every type of the engine (law 10).
 * Owns: what each type looks like in an answer; the table is in docs/specs/sql.md. Never: names a type.
 */
import { DuckDBTypeId } from '@duckdb/node-api';
import type {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimeNSValue,
  DuckDBTimeTZValue,
  DuckDBTimeValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampValue,
  DuckDBType,
  DuckDBUnionType,
  DuckDBUnionValue,
  DuckDBValue,
} from '@duckdb/node-api';
import { isoDate, isoInterval, isoOffset, isoTime, isoTimestamp } from './query-times.ts';
import { QueryError } from '#ports/store-reader.ts';

/** Makes a JSON value of a value that the engine returned; null stays null. */
export type JsonConverter = (value: DuckDBValue) => unknown;

// The engine's type of a value is known from its column, so each converter may take its value for granted.
type Convert = (value: never) => unknown;

const MILLIS = 1_000n;
const MICROS = 1_000_000n;
const NANOS = 1_000_000_000n;
const DATE_INFINITY = 2 ** 31 - 1;
const TIMESTAMP_INFINITY = 2n ** 63n - 1n;

const SCALARS: Readonly<Partial<Record<DuckDBTypeId, Convert>>> = {
  [DuckDBTypeId.SQLNULL]: () => null,
  [DuckDBTypeId.BOOLEAN]: asIs,
  [DuckDBTypeId.TINYINT]: asIs,
  [DuckDBTypeId.SMALLINT]: asIs,
  [DuckDBTypeId.INTEGER]: asIs,
  [DuckDBTypeId.UTINYINT]: asIs,
  [DuckDBTypeId.USMALLINT]: asIs,
  [DuckDBTypeId.UINTEGER]: asIs,
  [DuckDBTypeId.BIGINT]: integer,
  [DuckDBTypeId.UBIGINT]: integer,
  [DuckDBTypeId.HUGEINT]: integer,
  [DuckDBTypeId.UHUGEINT]: integer,
  [DuckDBTypeId.BIGNUM]: integer,
  [DuckDBTypeId.FLOAT]: floatingPoint,
  [DuckDBTypeId.DOUBLE]: floatingPoint,
  [DuckDBTypeId.VARCHAR]: asIs,
  [DuckDBTypeId.ENUM]: asIs,
  [DuckDBTypeId.DECIMAL]: String,
  [DuckDBTypeId.UUID]: String,
  [DuckDBTypeId.BIT]: String,
  [DuckDBTypeId.BLOB]: (value: DuckDBBlobValue) => Buffer.from(value.bytes).toString('base64'),
  [DuckDBTypeId.DATE]: date,
  [DuckDBTypeId.TIME]: (value: DuckDBTimeValue) => isoTime(value.micros, MICROS),
  [DuckDBTypeId.TIME_NS]: (value: DuckDBTimeNSValue) => isoTime(value.nanos, NANOS),
  [DuckDBTypeId.TIME_TZ]: (value: DuckDBTimeTZValue) => isoTime(value.micros, MICROS) + isoOffset(value.offset),
  [DuckDBTypeId.TIMESTAMP]: (value: DuckDBTimestampValue) => timestamp(value.micros, MICROS),
  [DuckDBTypeId.TIMESTAMP_TZ]: (value: DuckDBTimestampValue) => timestamp(value.micros, MICROS),
  [DuckDBTypeId.TIMESTAMP_S]: (value: DuckDBTimestampSecondsValue) => timestamp(value.seconds, 1n),
  [DuckDBTypeId.TIMESTAMP_MS]: (value: DuckDBTimestampMillisecondsValue) => timestamp(value.millis, MILLIS),
  [DuckDBTypeId.TIMESTAMP_NS]: (value: DuckDBTimestampNanosecondsValue) => timestamp(value.nanos, NANOS),
  [DuckDBTypeId.INTERVAL]: (value: DuckDBIntervalValue) => isoInterval(value.months, value.days, value.micros),
};

/** The converter for a column of this type. Throws {@link QueryError} `failed` for a type that JSON cannot hold. */
export function jsonConverter(type: DuckDBType): JsonConverter {
  const convert = converterOf(type) as JsonConverter;
  return (value) => (value === null ? null : convert(value));
}

function converterOf(type: DuckDBType): Convert {
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return listConverter(jsonConverter(type.valueType));
    case DuckDBTypeId.MAP:
      return mapConverter(jsonConverter(type.keyType), jsonConverter(type.valueType));
    case DuckDBTypeId.STRUCT:
      return structConverter(type);
    case DuckDBTypeId.UNION:
      return unionConverter(type);
    default:
      return SCALARS[type.typeId] ?? cannotAnswer(`a value of type ${DuckDBTypeId[type.typeId]}`);
  }
}

function listConverter(convert: JsonConverter): Convert {
  return (list: DuckDBListValue) => list.items.map(convert);
}

// JSON's keys are texts alone; a map's can be anything, so that a map becomes a list of its entries.
function mapConverter(convertKey: JsonConverter, convertValue: JsonConverter): Convert {
  return (map: DuckDBMapValue) =>
    map.entries.map(({ key, value }) => ({ key: convertKey(key), value: convertValue(value) }));
}

function structConverter(type: DuckDBStructType): Convert {
  // The client library keeps entries in an ordinary object, which cannot hold this one name.
  if (type.entryNames.includes('__proto__')) cannotAnswer('a struct with an entry "__proto__"');
  const entries = type.entryNames.map((name, i) => {
    const entryType = type.entryTypes[i];
    return { name, convert: entryType === undefined ? cannotAnswer('a struct') : jsonConverter(entryType) };
  });
  return (struct: DuckDBStructValue) =>
    Object.fromEntries(entries.map(({ name, convert }) => [name, convert(struct.entries[name] ?? null)]));
}

function unionConverter(type: DuckDBUnionType): Convert {
  const converters = new Map(type.memberTags.map((tag) => [tag, jsonConverter(type.memberTypeForTag(tag))]));
  return (union: DuckDBUnionValue) => converters.get(union.tag)?.(union.value) ?? null;
}

function cannotAnswer(what: string): never {
  throw new QueryError('failed', `An answer cannot hold ${what}; cast it, for example with to_json(…) or ::text.`);
}

function asIs(value: unknown): unknown {
  return value;
}

function integer(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** JSON has no NaN and no infinities. */
function floatingPoint(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function date(value: DuckDBDateValue): string {
  return infinity(value.days === DATE_INFINITY, value.days === -DATE_INFINITY) ?? isoDate(value.days);
}

function timestamp(ticks: bigint, ticksPerSecond: bigint): string {
  const special = infinity(ticks === TIMESTAMP_INFINITY, ticks === -TIMESTAMP_INFINITY);
  return special ?? isoTimestamp(ticks, ticksPerSecond);
}

function infinity(positive: boolean, negative: boolean): string | undefined {
  if (positive) return 'infinity';
  return negative ? '-infinity' : undefined;
}
