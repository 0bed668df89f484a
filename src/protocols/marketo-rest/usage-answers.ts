/**
 * Calls and errors of the REST API by day, as `stats` shows them (documented shapes).
 * Owns: sums. Never: counts.
 */
import type { UsageCount } from '#model/rest-usage.ts';
import type { RestValue } from './envelope.ts';

/** One entry per day, in the order of `days`; a day without calls has a total of 0. */
export function usageByDay(days: readonly string[], counts: readonly UsageCount[]): readonly RestValue[] {
  return days.map((day) => {
    const calls = counts.filter((each) => each.day === day && each.code === '');
    const users = sums(calls, ({ clientName }) => clientName);
    return { date: day, total: total(users), users: users.map(([userId, count]) => ({ userId, count })) };
  });
}

/** The same of errors, by code. */
export function errorsByDay(days: readonly string[], counts: readonly UsageCount[]): readonly RestValue[] {
  return days.map((day) => {
    const errors = sums(
      counts.filter((each) => each.day === day && each.code !== ''),
      ({ code }) => code,
    );
    return { date: day, total: total(errors), errors: errors.map(([errorCode, count]) => ({ errorCode, count })) };
  });
}

type Sum = readonly [name: string, count: number];

function sums(counts: readonly UsageCount[], nameOf: (each: UsageCount) => string): readonly Sum[] {
  return [...Map.groupBy(counts, nameOf)]
    .map(([name, group]): Sum => [name, group.reduce((sum, { count }) => sum + count, 0)])
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
}

function total(list: readonly Sum[]): number {
  return list.reduce((sum, [, count]) => sum + count, 0);
}
