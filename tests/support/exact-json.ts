/**
 * Compares JSON texts as values: numbers by their mathematical value, members in any order, elements in theirs.
 * Written apart from the server's own reading of JSON, so that a mistake there is seen here.
 */
import assert from 'node:assert/strict';

/** A text that is the same for two JSON documents exactly when they are equal as values. */
export function canonicalJson(text: string): string {
  const value = JSON.parse(text, (_key: string, parsed: unknown, { source }: { source?: string | undefined }) =>
    typeof parsed === 'number' ? new CanonicalNumber(source ?? '') : parsed,
  );
  return written(value);
}

/** Two texts hold the same value. */
export function assertSameJson(actual: string, expected: string, message: string = 'equal as JSON values'): void {
  assert.equal(canonicalJson(actual), canonicalJson(expected), message);
}

class CanonicalNumber {
  readonly text: string;

  constructor(source: string) {
    this.text = canonicalNumber(source);
  }
}

function written(value: unknown): string {
  if (value instanceof CanonicalNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${written(member)}`).join(',')}}`;
}

// 120, 1.2e2 and 12.0e1 all become 12e1.
function canonicalNumber(source: string): string {
  const [mantissa = '', exponent = '0'] = source.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  let digits = BigInt(`${whole}${fraction}`.replace('-', ''));
  if (digits === 0n) return '0';
  let power = BigInt(exponent) - BigInt(fraction.length);
  for (; digits % 10n === 0n; digits /= 10n) power += 1n;
  return `${mantissa.startsWith('-') ? '-' : ''}${digits}e${power}`;
}
