/**
 * Guards for functions whose value is as large as an argument says: one call could outgrow any memory limit before
 * anything outside can look, since the engine allocates such values untracked and without checking for an interrupt.
 * Owns: the bounds and the temporary macros that hold them. Never: touches the workspace's own catalogue.
 */
import { TD_MACROS } from './sql-td-functions.ts';

/** The longest text that `repeat`, `lpad` and `rpad` may make: 2,048 of them, one vector, still fit in memory. */
const MAX_MADE_TEXT_BYTES = 100_000;
/** The longest list that `range`, `generate_series` and `list_resize` may make as a value; FROM has no bound. */
const MAX_MADE_LIST_LENGTH = 50_000;

const TEXT_BOUND = MAX_MADE_TEXT_BYTES.toLocaleString('en');
const LIST_BOUND = MAX_MADE_LIST_LENGTH.toLocaleString('en');

function textError(name: string): string {
  return `error('${name}() makes texts of at most ${TEXT_BOUND} bytes.')`;
}

function padMacro(name: string): string {
  const guard = `case when n > ${MAX_MADE_TEXT_BYTES} then ${textError(name)}`;
  return `create temp macro ${name}(s, n, c) as ${guard} else system.main.${name}(s, n, c) end`;
}

// Arguments are whole numbers, or two times and an interval. A cast through text tells which, for any type.
function steps(start: string, stop: string, step: string): string {
  const number = (name: string) => `try_cast((${name})::varchar as double)`;
  const seconds = (name: string) => `epoch(try_cast((${name})::varchar as timestamptz))`;
  const stepSeconds = `epoch(try_cast((${step})::varchar as interval))`;
  return `coalesce(
    abs((${number(stop)} - ${number(start)}) / nullif(${number(step)}, 0)),
    abs((${seconds(stop)} - ${seconds(start)}) / nullif(${stepSeconds}, 0)))`;
}

function seriesMacro(name: string): string {
  const error = `error('${name}() makes lists of at most ${LIST_BOUND} elements; FROM ${name}(…) has no such bound.')`;
  const guard = (length: string) => `case when ${length} > ${MAX_MADE_LIST_LENGTH} then ${error}`;
  const original = `system.main.${name}`;
  return `create temp macro ${name}
    (b) as ${guard('b')} else ${original}(b) end,
    (a, b) as ${guard(steps('a', 'b', '1'))} else ${original}(a, b) end,
    (a, b, s) as ${guard(steps('a', 'b', 's'))} else ${original}(a, b, s) end`;
}

function resizeMacro(name: string): string {
  const error = `error('${name}() makes lists of at most ${LIST_BOUND} elements.')`;
  const guard = `case when n > ${MAX_MADE_LIST_LENGTH} then ${error}`;
  return `create temp macro ${name}
    (l, n) as ${guard} else system.main.${name}(l, n) end,
    (l, n, v) as ${guard} else system.main.${name}(l, n, v) end`;
}

const REPEAT = `create temp macro repeat(s, n) as
  case when strlen(s::varchar)::double * n > ${MAX_MADE_TEXT_BYTES} then ${textError('repeat')}
  else system.main.repeat(s, n) end`;

/**
 * By function name: the macro that stands in for it, or is it. A temporary macro belongs to one connection and is found
 * before the engine's own function of that name, unless the call is qualified, which the sandbox refuses.
 */
export const GUARD_MACROS: ReadonlyMap<string, string> = new Map([
  ['repeat', REPEAT],
  ['lpad', padMacro('lpad')],
  ['rpad', padMacro('rpad')],
  ['range', seriesMacro('range')],
  ['generate_series', seriesMacro('generate_series')],
  ['list_resize', resizeMacro('list_resize')],
  ['array_resize', resizeMacro('array_resize')],
  ...TD_MACROS,
]);
