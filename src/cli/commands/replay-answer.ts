/** What `inlet replay` prints. Pure. */
import { LIMIT_FLAG, countFlag } from '#cli/client-command.ts';
import type { ClientAnswer, ClientCall } from '#cli/client-command.ts';
import { plainText } from '#cli/plain-text.ts';
import { tableText } from '#cli/table.ts';
import type { JsonObject } from '#model/json.ts';
import type { Rehearsed, Replayed } from './replay-calls.ts';

const DEFAULT_ROWS = 100;
const COUNTS = ['received', 'created', 'updated', 'deleted', 'stored', 'failed', 'pending'] as const;

/** The replay requests with their counts, then what failed again. */
export function replayAnswer(call: ClientCall, replayed: Replayed): ClientAnswer {
  const { requests, notReplayable, refused } = replayed;
  const failures = requests.flatMap(({ requestId, failures: shown }) =>
    (shown as readonly JsonObject[]).map((failure): JsonObject => ({ ...failure, requestId: requestId ?? null })),
  );
  const failed = requests.reduce((sum, request) => sum + countOf(request, 'failed'), 0);
  const undecided = requests.filter(({ state }) => state === 'pending');
  const waiting = requests.filter(({ state }) => state === 'retrying');
  const notes = [
    ...notReplayableNote(notReplayable),
    ...(waiting.length > 0 ? ['Some objects wait for a later try: inlet requests show tells when.'] : []),
    ...(undecided.length > 0 ? ['Not all is decided yet, and goes on: inlet requests tells how far it is.'] : []),
    ...(refused === undefined ? [] : [`${refused} Then run the same command again.`]),
  ];
  const isGood =
    failed === 0 &&
    undecided.length === 0 &&
    refused === undefined &&
    (notReplayable.length === 0 || call.flags('object').length === 0);
  return {
    json: replayed,
    text:
      requests.length === 0 ? 'Nothing was replayed.\n' : requestsText(requests) + failuresText(call, failures, failed),
    ...(notes.length > 0 && { note: notes.join('\n') }),
    ...(!isGood && { failed: true }),
  };
}

/** The sums, then each object with what would become of it. */
export function rehearsalAnswer(call: ClientCall, rehearsed: Rehearsed): ClientAnswer {
  const { objects, sums, notReplayable } = rehearsed;
  const columns = ['requestId', 'index', 'outcome', 'code', 'message', 'overwrites'];
  const rows = { columns, items: objects, total: objects.length };
  const words = Object.entries(sums).map(([outcome, count]) => `${outcome} ${count}`);
  const notes = notReplayableNote(notReplayable);
  return {
    json: rehearsed,
    text: objects.length === 0 ? 'Nothing to replay.\n' : `${words.join(', ')}\n\n${rowsText(call, rows)}`,
    ...(notes.length > 0 && { note: notes.join('\n') }),
  };
}

function requestsText(requests: readonly JsonObject[]): string {
  const rows = requests.map((request) => [
    request['requestId'],
    request['type'],
    request['state'],
    ...COUNTS.map((fate) => countOf(request, fate)),
  ]);
  return tableText(['requestId', 'type', 'state', ...COUNTS], rows);
}

function countOf({ objects }: JsonObject, fate: string): number {
  return Number((objects as JsonObject)[fate]);
}

function failuresText(call: ClientCall, failures: readonly JsonObject[], failed: number): string {
  if (failures.length === 0) return '';
  const columns = ['requestId', 'index', 'code', 'message', 'key'];
  return `\n${rowsText(call, { columns, items: failures, total: failed })}`;
}

interface Rows {
  readonly columns: readonly string[];
  readonly items: readonly JsonObject[];
  /** How many there are, which may be more than are known one by one. */
  readonly total: number;
}

function rowsText(call: ClientCall, { columns, items, total }: Rows): string {
  const limit = countFlag(call, LIMIT_FLAG.name, DEFAULT_ROWS);
  const rows = items.slice(0, limit).map((item) => columns.map((column) => item[column]));
  const rest = total - rows.length;
  return tableText(columns, rows) + (rest > 0 ? `and ${rest} more\n` : '');
}

function notReplayableNote(notReplayable: readonly JsonObject[]): readonly string[] {
  if (notReplayable.length === 0) return [];
  const groups = Map.groupBy(notReplayable, ({ reason }) => plainText(reason));
  const words = [...groups].map(([reason, { length }]) => `${length} ${reason}`);
  return [`Not replayable: ${words.join(', ')}.`];
}
