/**
 * JSON values as MessagePack.
 * Owns: how numbers that no double tells are packed. Never: packs a stream.
 */
import { encode } from '@msgpack/msgpack';
import { isExactNumber } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';

/** Integers of 64 bits stay integers; greater ones and long decimals become their digits, as text (law 10). */
export function packedJson(value: JsonValue): Uint8Array {
  return encode(packable(value), { useBigInt64: true, maxDepth: MAX_DEPTH });
}

/** Deeper than any JSON document that is taken. */
const MAX_DEPTH = 250;

function packable(value: JsonValue): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isExactNumber(value)) return packableNumber(value.rawJSON);
  if (Array.isArray(value)) return value.map(packable);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, packable(member as JsonValue)]));
}

/** An integer that 64 bits hold, else the text. */
export function packableNumber(digits: string): bigint | string {
  if (!/^-?\d{1,20}$/.test(digits)) return digits;
  const integer = BigInt(digits);
  return integer >= -(2n ** 63n) && integer < 2n ** 64n ? integer : digits;
}
