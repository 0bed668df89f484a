/** What the REST API says of its own use. */
import { errorsByDay, usageByDay } from '#protocols/marketo-rest/usage-answers.ts';
import type { RestCall, RestReply } from './rest-parts.ts';

const TODAY = 1;
const WEEK = 7;

export function getUsage(call: RestCall): Promise<RestReply> {
  return lastDays(call, TODAY, usageByDay);
}

export function getUsageOfLast7Days(call: RestCall): Promise<RestReply> {
  return lastDays(call, WEEK, usageByDay);
}

export function getErrors(call: RestCall): Promise<RestReply> {
  return lastDays(call, TODAY, errorsByDay);
}

export function getErrorsOfLast7Days(call: RestCall): Promise<RestReply> {
  return lastDays(call, WEEK, errorsByDay);
}

async function lastDays({ parts, client }: RestCall, number: number, shown: typeof usageByDay): Promise<RestReply> {
  const { days, counts } = await parts.usage.lastDays(client.workspace, number);
  return { result: shown(days, counts) };
}
