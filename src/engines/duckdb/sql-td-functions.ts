/**
 * Treasure Data's functions of time, as macros: queries that were written for it filter by them.
 * Owns: what they mean here (docs/specs/td-rest.md, "Functions"). Never: guesses; what cannot be exact is an error.
 */

/** A text that tells its own offset from UTC, such as `2026-01-01 00:00:00+09:00`. */
const OFFSET = String.raw`\d{2}:\d{2}.*([zZ]|[+-]\d{2}:?\d{2})$`;

/** UNIX seconds of a text, or NULL when it is no time. Without an offset of its own it is local to `zone`. */
function parsed(text: string, zone: string): string {
  const plain = `trim(cast(${text} as varchar))`;
  const colon = String.raw`regexp_replace(${plain}, '([+-]\d{2})(\d{2})$', '\1:\2')`;
  const moment = `case when regexp_matches(${plain}, '${OFFSET}') then try_cast(${colon} as timestamptz)
    else timezone(${zone}, try_cast(${plain} as timestamp)) end`;
  return `cast(floor(epoch(${moment})) as bigint)`;
}

/** Of a range: UNIX seconds as they are, or a text. Anything else is an error, since no row would be found by it. */
function bound(value: string, zone: string): string {
  const complaint = `error('TD_TIME_RANGE cannot read the time ' || cast(${value} as varchar))`;
  return `coalesce(try_cast(cast(${value} as varchar) as bigint), ${parsed(value, zone)}, ${complaint})`;
}

function range(zone: string): string {
  const from = `(f is null or t >= ${bound('f', zone)})`;
  const until = `(u is null or t < ${bound('u', zone)})`;
  return `(t is not null and ${from} and ${until})`;
}

/** Letters of Java's SimpleDateFormat, what stands for them meanwhile, and what `strftime` calls the same. */
const LETTERS: readonly (readonly [java: string, code: number, strftime: string])[] = [
  ['yyyy', 1, '%Y'],
  ['MM', 2, '%m'],
  ['dd', 3, '%d'],
  ['HH', 4, '%H'],
  ['mm', 5, '%M'],
  ['ss', 6, '%S'],
  [`''T''`, 7, 'T'],
  [`''Z''`, 8, 'Z'],
];

// By way of characters that no format has: `MMmm` would be misread if one replacement saw what another had made. The
// engine's own formats must be constants, so that each part is made on its own.
function formatted(moment: string, pattern: string): string {
  let sql = pattern;
  for (const [java, code] of LETTERS) sql = `replace(${sql}, '${java}', chr(${code}))`;
  for (const [, code, part] of LETTERS) sql = `replace(${sql}, chr(${code}), strftime(${moment}, '${part}'))`;
  return sql;
}

function format(zone: string): string {
  const known = LETTERS.map(([java]) => java).join('|');
  const rest = `regexp_replace(p, '${known}', '', 'g')`;
  const complaint = `error('TD_TIME_FORMAT knows yyyy MM dd HH mm ss, ''''T'''' and ''''Z'''' alone.')`;
  return `case when regexp_matches(${rest}, '[A-Za-z'']') then ${complaint}
    else ${formatted(`timezone(${zone}, to_timestamp(t))`, 'p')} end`;
}

/** By function name; each belongs to the connection of one query. */
export const TD_MACROS: ReadonlyMap<string, string> = new Map([
  ['td_time_parse', `create temp macro td_time_parse(s) as ${parsed('s', `'UTC'`)}, (s, z) as ${parsed('s', 'z')}`],
  ['td_time_range', `create temp macro td_time_range(t, f, u) as ${range(`'UTC'`)}, (t, f, u, z) as ${range('z')}`],
  ['td_time_format', `create temp macro td_time_format(t, p) as ${format(`'UTC'`)}, (t, p, z) as ${format('z')}`],
  ['td_scheduled_time', `create temp macro td_scheduled_time() as cast(floor(epoch(now())) as bigint)`],
]);
