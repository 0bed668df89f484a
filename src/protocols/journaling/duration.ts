/** Durations of ISO 8601 as the journal's `seek` takes them: weeks, days, hours, minutes, seconds. */

const DURATION =
  /^(?<sign>-?)P(?=\d|T\d)(?:(?<weeks>\d{1,6})W)?(?:(?<days>\d{1,6})D)?(?:T(?=\d)(?:(?<hours>\d{1,6})H)?(?:(?<minutes>\d{1,9})M)?(?:(?<seconds>\d{1,9}(?:[.,]\d{1,9})?)S)?)?$/u;

const SECOND_MS = 1_000;
const UNITS_MS = {
  weeks: 604_800 * SECOND_MS,
  days: 86_400 * SECOND_MS,
  hours: 3_600 * SECOND_MS,
  minutes: 60 * SECOND_MS,
  seconds: SECOND_MS,
} as const;

/** Milliseconds, negative with a leading `-`. Undefined when the text is no such duration. */
export function durationMs(text: string): number | undefined {
  const parts = DURATION.exec(text)?.groups;
  if (parts === undefined) return undefined;
  let ms = 0;
  for (const [unit, each] of Object.entries(UNITS_MS)) ms += Number((parts[unit] ?? '0').replace(',', '.')) * each;
  return parts['sign'] === '-' ? -ms : ms;
}
