/**
 * Dates and date-times of persons and custom objects (docs/specs/persons.md, P16 and P17).
 * Owns: which texts are moments of the calendar, from year 1 to 9999. Never: guesses a time zone.
 */

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;

/** `YYYY-MM-DD` of the Gregorian calendar; undefined for anything else. */
export function readDate(text: string): string | undefined {
  const match = DATE.exec(text);
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3])) ? text : undefined;
}

const DATETIME = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)$/;

/**
 * A moment in UTC to the second, `YYYY-MM-DDTHH:MM:SSZ`, from the W3C's profile of ISO 8601 (RFC 3339 within it).
 * The zone must be there, since without one the text is 26 hours wide. Fractions of a second are dropped.
 */
export function readDatetime(text: string): string | undefined {
  const match = DATETIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00', zone = 'Z'] = match;
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  if (zone === 'Z' || zone === 'z') return local;
  const offsetMinutes = readOffset(zone);
  return offsetMinutes === undefined ? undefined : shifted(local, offsetMinutes);
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDay(year: number, month: number, day: number): boolean {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && leap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
  return year >= 1 && day >= 1 && day <= days;
}

function readOffset(zone: string): number | undefined {
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

// Years before 1 and after 9999 have no four digits, so that their text has another length.
function shifted(local: string, offsetMinutes: number): string | undefined {
  const moment = new Date(Date.parse(local) - offsetMinutes * 60_000).toISOString().replace('.000Z', 'Z');
  return moment.length === local.length && !moment.startsWith('0000') ? moment : undefined;
}
