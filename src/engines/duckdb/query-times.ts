/**
 * Times as ISO 8601 text, exact to the nanosecond and over the engine's whole range, which is wider than Date's.
 * Owns: the text forms of dates, times, timestamps and intervals. Never: knows a time zone but UTC.
 */

const SECONDS_PER_DAY = 86_400n;
const DAYS_PER_ERA = 146_097; // 400 Gregorian years

/** `YYYY-MM-DD`; years outside 0 to 9999 have a sign and at least six digits. `days` since 1970. */
export function isoDate(days: number): string {
  // Date covers 400 years for every era alike, so the era is taken out and its years are added again.
  const era = Math.floor(days / DAYS_PER_ERA);
  const date = new Date((days - era * DAYS_PER_ERA) * 86_400_000);
  const monthAndDay = `${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`;
  return `${isoYear(date.getUTCFullYear() + era * 400)}-${monthAndDay}`;
}

/** `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, of `ticks` since 1970 when `ticksPerSecond` make a second. */
export function isoTimestamp(ticks: bigint, ticksPerSecond: bigint): string {
  const ticksPerDay = SECONDS_PER_DAY * ticksPerSecond;
  const days = floorDivide(ticks, ticksPerDay);
  return `${isoDate(Number(days))}T${isoTime(ticks - days * ticksPerDay, ticksPerSecond)}Z`;
}

/** `HH:MM:SS[.fraction]`, of `ticks` since midnight. */
export function isoTime(ticks: bigint, ticksPerSecond: bigint): string {
  const seconds = Number(ticks / ticksPerSecond);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return clock.map((part) => pad(part, 2)).join(':') + fraction(ticks % ticksPerSecond, ticksPerSecond);
}

/** `+HH:MM` or `+HH:MM:SS`, of a zone's distance from UTC in seconds. */
export function isoOffset(offsetSeconds: number): string {
  const distance = Math.abs(offsetSeconds);
  const parts = [Math.floor(distance / 3600), Math.floor(distance / 60) % 60];
  if (distance % 60 !== 0) parts.push(distance % 60);
  return (offsetSeconds < 0 ? '-' : '+') + parts.map((part) => pad(part, 2)).join(':');
}

/** An ISO 8601 duration such as `P1Y2M3DT4H5M6.5S`; each part has its own sign; `PT0S` when all are zero. */
export function isoInterval(months: number, days: number, micros: bigint): string {
  const date = part(Math.trunc(months / 12), 'Y') + part(months % 12, 'M') + part(days, 'D');
  const seconds = micros / 1_000_000n;
  const time = part(Number(seconds / 3600n), 'H') + part(Number((seconds / 60n) % 60n), 'M') + secondsPart(micros);
  if (time === '') return date === '' ? 'PT0S' : `P${date}`;
  return `P${date}T${time}`;
}

function secondsPart(micros: bigint): string {
  const rest = micros % 60_000_000n;
  if (rest === 0n) return '';
  const size = rest < 0n ? -rest : rest;
  return `${rest < 0n ? '-' : ''}${size / 1_000_000n}${fraction(size % 1_000_000n, 1_000_000n)}S`;
}

function part(count: number, unit: string): string {
  return count === 0 ? '' : `${count}${unit}`;
}

function fraction(ticks: bigint, ticksPerSecond: bigint): string {
  if (ticks === 0n) return '';
  const digits = ticksPerSecond.toString().length - 1;
  return `.${pad(ticks, digits).replace(/0+$/, '')}`;
}

function isoYear(year: number): string {
  if (year >= 0 && year <= 9999) return pad(year, 4);
  return (year < 0 ? '-' : '+') + pad(Math.abs(year), 6);
}

function pad(count: number | bigint, digits: number): string {
  return String(count).padStart(digits, '0');
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
