/** Events of the journal as lines for people. Pure. */
import { plainText } from '#cli/plain-text.ts';
import { visible } from '#cli/table.ts';
import { isJsonObject } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';

/** Failures that are shown of one request; `inlet requests fates` has them all. */
const SHOWN_FAILURES = 3;

/** A line per request of a results event, with its first failures below; one line of any other. */
export function eventText(event: JsonObject): string {
  const type = plainText(event['type']).split('.').at(-1) ?? '';
  const said = objectOf(event['data']);
  const lines = type === 'results' ? list(said['requests']).flatMap(requestLines) : [textOf(type, said)];
  const head = `${plainText(event['time'])}  ${type.padEnd('results'.length)}`;
  return lines.map((line) => visible(line.startsWith(INDENT) ? line : `${head}  ${line}`) + '\n').join('');
}

const INDENT = '    ';

function requestLines(request: JsonObject): string[] {
  const { requestId, type, objectType, priority, correlationId } = request;
  const words = [requestId, type ?? objectType, priority, recordsText(objectOf(request['records']))].map(plainText);
  const named = correlationId === undefined || correlationId === '' ? [] : [`correlation ${plainText(correlationId)}`];
  const failures = list(request['failures']);
  const shown = failures.slice(0, SHOWN_FAILURES).map(failureLine);
  const rest = failed(objectOf(request['records'])) - shown.length;
  const more = rest > 0 ? [`${INDENT}${rest} more failed: inlet requests fates ${plainText(requestId)}`] : [];
  return [[...words, ...named].join('  '), ...shown, ...more];
}

function failureLine({ index, key, code, message }: JsonObject): string {
  return `${INDENT}[${plainText(index)}] ${plainText(key)}  ${plainText(code)} ${plainText(message)}`;
}

/** `received 3: created 2, failed 1 (1003 × 1)`. */
function recordsText(records: JsonObject): string {
  const counts = ['created', 'updated', 'stored', 'deleted']
    .filter((fate) => Number(records[fate] ?? 0) > 0)
    .map((fate) => `${fate} ${plainText(records[fate])}`);
  const failures = failed(records);
  const all = failures > 0 ? [...counts, `failed ${failures} (${codesText(objectOf(records['failed']))})`] : counts;
  return `received ${plainText(records['received'])}${all.length === 0 ? '' : `: ${all.join(', ')}`}`;
}

function textOf(type: string, said: JsonObject): string {
  if (type === 'status') return statusText(said);
  return type === 'metrics' ? metricsText(said) : JSON.stringify(said);
}

function statusText({ quota, queue }: JsonObject): string {
  const lanes = Object.entries(objectOf(queue)).map(([lane, status]) => {
    const { lagSeconds, requestBacklog, recordBacklog } = objectOf(status);
    const backlog = `${plainText(requestBacklog)} requests, ${plainText(recordBacklog)} objects behind`;
    return `${lane} ${backlog}, ${plainText(lagSeconds)} s late`;
  });
  return [`quota ${plainText(quota)}`, ...lanes].join('  ');
}

function metricsText({ windowStart, requests, records }: JsonObject): string {
  const { received, processed, rejected } = objectOf(requests);
  const refused = codesText(objectOf(rejected));
  const kinds = Object.entries(objectOf(records)).flatMap(([kind, priorities]) =>
    Object.entries(objectOf(priorities))
      .filter(([, sums]) => Number(objectOf(sums)['received'] ?? 0) > 0)
      .map(([priority, sums]) => `${kind} ${priority} ${recordsText(objectOf(sums))}`),
  );
  const requestsText = `requests received ${plainText(received)}, processed ${plainText(processed)}`;
  return [
    `since ${plainText(windowStart)}`,
    refused === '' ? requestsText : `${requestsText}, refused (${refused})`,
    ...kinds,
  ].join('  ');
}

function failed(records: JsonObject): number {
  return Object.values(objectOf(records['failed'])).reduce<number>((sum, count) => sum + Number(count), 0);
}

function codesText(codes: JsonObject): string {
  return Object.entries(codes)
    .map(([code, count]) => `${code} × ${plainText(count)}`)
    .join(', ');
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}

function list(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}
