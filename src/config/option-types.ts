/**
 * The types of option values: how a text becomes a value, and how the type is described to people.
 * Owns: the notation of ports, bytes, durations, time zones, URLs. Never: knows a particular option.
 */

/** A value, or what is allowed instead, worded to follow "…, but must be". */
export type Parsed<Value> = { readonly value: Value } | { readonly allowed: string };

export interface OptionType<Value> {
  /** Stands for the value in `--help`, such as `PORT`. */
  readonly placeholder: string;
  /** One sentence for the reference page. */
  readonly notation: string;
  /** JSON types that the config file may use besides a string. */
  readonly json: readonly ('number' | 'boolean')[];
  parse(text: string, limits: Limits): Parsed<Value>;
}

/** What narrows a type for one option; bounds are inclusive and written as the value itself would be. */
export interface Limits {
  readonly minimum?: string;
  readonly maximum?: string;
  /** The allowed words, with `|` between them. */
  readonly choices?: string;
}

export interface OptionValues {
  path: string;
  host: string;
  port: number;
  integer: number;
  bytes: number;
  duration: number;
  durations: readonly number[];
  boolean: boolean;
  enum: string;
  timezone: string;
  hosts: readonly string[];
  url: string;
}

export type OptionTypeName = keyof OptionValues;

export const OPTION_TYPES: { readonly [Name in OptionTypeName]: OptionType<OptionValues[Name]> } = {
  path: {
    placeholder: 'PATH',
    notation: 'A path, relative to the directory in which the server is started.',
    json: [],
    parse: (text) => nonEmpty(text, 'a path'),
  },
  host: {
    placeholder: 'HOST',
    notation: 'An IP address or a host name.',
    json: [],
    parse: (text) => matching(text, /^[\w.:%-]+$/u, 'an IP address or a host name, such as 127.0.0.1'),
  },
  port: {
    placeholder: 'PORT',
    notation: 'A whole number from 0 to 65535.',
    json: ['number'],
    parse: (text) => parseQuantity(text, PLAIN, { minimum: '0', maximum: '65535' }),
  },
  integer: {
    placeholder: 'N',
    notation: 'A whole number in digits.',
    json: ['number'],
    parse: (text, limits) => parseQuantity(text, PLAIN, limits),
  },
  bytes: {
    placeholder: 'BYTES',
    notation:
      'A whole number of bytes, or with a unit: `KB`, `MB`, `GB`, `TB` (powers of 1,000) or `KiB`, `MiB`, `GiB`, `TiB` (powers of 1,024).',
    json: ['number'],
    parse: (text, limits) => parseQuantity(text, BYTES, limits),
  },
  duration: {
    placeholder: 'DURATION',
    notation: 'A whole number with a unit: `ms`, `s`, `m`, `h` or `d`, such as `90s`.',
    json: [],
    parse: (text, limits) => parseQuantity(text, DURATION, limits),
  },
  durations: {
    placeholder: 'DURATIONS',
    notation: 'One to ten durations with commas between them, such as `5m,30m,30m`.',
    json: [],
    parse: (text, limits) => parseDurations(text, limits),
  },
  boolean: {
    placeholder: 'true|false',
    notation: '`true` or `false`. The flag alone means `true`.',
    json: ['boolean'],
    parse: (text) => parseBoolean(text),
  },
  enum: {
    placeholder: 'WORD',
    notation: 'One of the listed words.',
    json: [],
    parse: (text, { choices = '' }) => parseWord(text, choices.split('|')),
  },
  timezone: {
    placeholder: 'ZONE',
    notation: 'A name of the IANA time zone database, such as `Europe/Berlin`.',
    json: [],
    parse: (text) => parseTimezone(text),
  },
  hosts: {
    placeholder: 'HOSTS',
    notation: 'Host names with commas between them, each with its port where that is not the usual one.',
    json: [],
    parse: (text) => parseHosts(text),
  },
  url: {
    placeholder: 'URL',
    notation: 'A URL of http or https without user name, query and fragment, perhaps with a path.',
    json: [],
    parse: (text) => parseUrl(text),
  },
};

/** A notation for quantities: digits and then one of the units. */
interface Notation {
  readonly what: string;
  /** What one of each unit is worth; the empty unit is there when bare digits are allowed. */
  readonly units: ReadonlyMap<string, number>;
}

const PLAIN: Notation = { what: 'a whole number', units: new Map([['', 1]]) };

const BYTES: Notation = {
  what: 'a number of bytes such as 1048576, 512MB or 10GiB',
  units: new Map([
    ['', 1],
    ['B', 1],
    ['KB', 1e3],
    ['MB', 1e6],
    ['GB', 1e9],
    ['TB', 1e12],
    ['KiB', 2 ** 10],
    ['MiB', 2 ** 20],
    ['GiB', 2 ** 30],
    ['TiB', 2 ** 40],
  ]),
};

// Bare digits are refused: whether they would mean seconds or milliseconds, half of the readers would guess wrong.
const DURATION: Notation = {
  what: 'a duration such as 500ms, 90s, 5m, 24h or 7d',
  units: new Map([
    ['ms', 1],
    ['s', 1_000],
    ['m', 60_000],
    ['h', 3_600_000],
    ['d', 86_400_000],
  ]),
};

function parseQuantity(text: string, notation: Notation, limits: Limits): Parsed<number> {
  const value = quantity(text, notation);
  const { minimum, maximum } = limits;
  const tooSmall = minimum !== undefined && value < quantity(minimum, notation);
  const tooLarge = maximum !== undefined && value > quantity(maximum, notation);
  if (Number.isSafeInteger(value) && !tooSmall && !tooLarge) return { value };
  return { allowed: notation.what + describeBounds(limits) };
}

const MAX_DURATIONS = 10;

function parseDurations(text: string, limits: Limits): Parsed<readonly number[]> {
  const parsed = text.split(',').map((each) => parseQuantity(each, DURATION, limits));
  const value = parsed.flatMap((each) => ('value' in each ? [each.value] : []));
  if (value.length === parsed.length && value.length <= MAX_DURATIONS) return { value };
  return { allowed: `one to ten durations${describeBounds(limits)} with commas between them, such as 5m,30m,30m` };
}

/** NaN when the text is not in the notation. */
function quantity(text: string, notation: Notation): number {
  const [, digits, unit = ''] = /^(\d+)([A-Za-z]*)$/u.exec(text) ?? [];
  return Number(digits) * (notation.units.get(unit) ?? NaN);
}

function describeBounds({ minimum, maximum }: Limits): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}

function parseWord(text: string, words: readonly string[]): Parsed<string> {
  return words.includes(text) ? { value: text } : { allowed: either(words) };
}

function parseBoolean(text: string): Parsed<boolean> {
  if (text === 'true') return { value: true };
  if (text === 'false') return { value: false };
  return { allowed: either(['true', 'false']) };
}

function parseTimezone(text: string): Parsed<string> {
  try {
    return { value: new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone };
  } catch {
    return { allowed: 'a time zone of the IANA database, such as UTC or Europe/Berlin' };
  }
}

const MAX_HOSTS = 100;
const HOST = /^(?:[\w-]+(?:\.[\w-]+)*|\[[\da-f:]+\])(?::\d{1,5})?$/u;

function parseHosts(text: string): Parsed<readonly string[]> {
  const value = text.toLowerCase().split(',');
  if (value.length <= MAX_HOSTS && value.every((host) => HOST.test(host))) return { value };
  return { allowed: `one to ${MAX_HOSTS} host names with commas between them, such as example.com,localhost:3000` };
}

const URL_ALLOWED =
  'a URL of http or https without user name, query and fragment, such as https://inlet.example.com or https://example.com/inlet';

/** Without a slash at its end, so that a path can follow. */
function parseUrl(text: string): Parsed<string> {
  const url = /^https?:\/\/[^?#\p{Cc}]*$/iu.test(text) ? URL.parse(text) : null;
  // Law 8: it is handed out.
  if (url === null || url.username !== '' || url.password !== '') return { allowed: URL_ALLOWED };
  return { value: url.href.replace(/\/+$/u, '') };
}

function nonEmpty(text: string, allowed: string): Parsed<string> {
  return text === '' ? { allowed } : { value: text };
}

function matching(text: string, pattern: RegExp, allowed: string): Parsed<string> {
  return pattern.test(text) ? { value: text } : { allowed };
}

/** `a`, `a or b`, `a, b or c`. */
function either(words: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(words);
}
