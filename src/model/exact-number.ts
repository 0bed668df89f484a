/**
 * Exactness of numbers (law 10): whether a double tells the value of a JSON number token.
 * Owns: decimal comparison on text. Never: parses JSON documents.
 */

/** The grammar of a JSON number (RFC 8259, section 6). */
const JSON_NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Longer exponents belong to no double but zero, and need no arithmetic to tell so. */
const MAX_EXPONENT_DIGITS = 15;

/**
 * A text that is equal for two number tokens exactly when they have the same mathematical value,
 * such as `-15e-1` for `-1.50`. Undefined when the text is no JSON number.
 */
export function decimalValue(token: string): string | undefined {
  const match = JSON_NUMBER.exec(token);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = trimLeadingZeros(whole + fraction);
  if (digits === '') return '0';
  const significant = trimTrailingZeros(digits);
  if (exponent.length > MAX_EXPONENT_DIGITS) return `${sign}${digits}e${exponent}/${fraction.length}`;
  const scale = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign}${significant}e${scale}`;
}

/** True when JSON.stringify writes the double of this token with the token's mathematical value. */
export function isExactDouble(token: string): boolean {
  const double = Number(token);
  if (!Number.isFinite(double)) return false;
  const written = JSON.stringify(double);
  return written === token || decimalValue(written) === decimalValue(token);
}

/**
 * The integer that JSON.stringify writes for a whole double. Beyond 2^53 it can differ from the double's binary value:
 * 266956537997106430 is the text of a double that is 2 more, and the text is what was sent.
 */
export function writtenInteger(double: number): bigint {
  const [, sign = '', digits = '', fraction = '', exponent = '0'] = WRITTEN_INTEGER.exec(String(double)) ?? [];
  return BigInt(sign + digits + fraction.padEnd(Number(exponent), '0'));
}

const WRITTEN_INTEGER = /^(-?)(\d+)(?:\.(\d+))?(?:e\+(\d+))?$/;

// Loops instead of expressions such as /0+$/, which take quadratic time on long rows of zeros.
function trimLeadingZeros(digits: string): string {
  let start = 0;
  while (start < digits.length && digits.charCodeAt(start) === ZERO) start += 1;
  return digits.slice(start);
}

function trimTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === ZERO) end -= 1;
  return digits.slice(0, end);
}

const ZERO = 48;
