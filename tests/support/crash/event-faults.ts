/**
 * Judges the events that were read back (laws 1, 3, 4 and 10).
 *
 *   sent, answered ──► one place each in time      rows ──► one place each in the table
 *
 * Two requests of which one was answered before the other was sent keep that order in their table, whoever sent them;
 * requests that were under way together may lie either way round. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SentEvent, SentRequest } from './ledger.ts';
import type { Observation } from './observation.ts';

interface KnownEvent {
  readonly request: SentRequest;
  readonly event: SentEvent;
  readonly table: string;
  seen: number;
}

/** How often each request's events were found. */
export interface EventFindings {
  readonly faults: readonly string[];
  /** Requests without an answer of which something was found. */
  readonly acceptedUnknown: readonly SentRequest[];
}

export function judgeEvents(requests: readonly SentRequest[], seen: Observation): EventFindings {
  const known = knownEvents(requests);
  const faults: string[] = [];
  for (const [table, lines] of seen.events) faults.push(...judgeTable(table, lines, known));
  faults.push(...judgePresence(known), ...judgeCounts(seen));
  const found = new Set([...known.values()].filter((event) => event.seen > 0).map(({ request }) => request));
  return { faults, acceptedUnknown: [...found].filter(({ outcome }) => outcome === 'unknown') };
}

function knownEvents(requests: readonly SentRequest[]): ReadonlyMap<string, KnownEvent> {
  const known = new Map<string, KnownEvent>();
  for (const request of requests) {
    if (request.content.kind !== 'event') continue;
    const table = request.content.type;
    for (const event of request.content.events) known.set(nameOf(event), { request, event, table, seen: 0 });
  }
  return known;
}

function nameOf({ sender, number, index }: SentEvent): string {
  return `${String(sender)}-${String(number)}-${String(index)}`;
}

function judgeTable(table: string, lines: readonly string[], known: ReadonlyMap<string, KnownEvent>): string[] {
  const faults: string[] = [];
  const order = new OrderJudge(table);
  for (const line of lines) {
    const event = JSON.parse(line) as SentEvent;
    const match = known.get(nameOf(event));
    if (match === undefined || match.table !== table) {
      faults.push(`${table}: an alien event, never sent there: ${line}`);
      continue;
    }
    match.seen += 1;
    if (!isDeepStrictEqual(event, match.event)) {
      faults.push(`${table}: ${nameOf(event)} was changed: ${JSON.stringify(match.event)} became ${line}`);
    }
    if (match.seen === 1) faults.push(...order.next(match));
  }
  return faults;
}

/** Reads a table from its first row to its last. */
class OrderJudge {
  readonly #table: string;
  readonly #last = new Map<string, KnownEvent>();
  /** Of all rows so far the one that was sent last. */
  #latest: KnownEvent | undefined;

  constructor(table: string) {
    this.#table = table;
  }

  next(row: KnownEvent): readonly string[] {
    const { sender } = row.request;
    const before = this.#last.get(sender);
    const latest = this.#latest;
    this.#last.set(sender, row);
    if (latest === undefined || row.request.sentAt > latest.request.sentAt) this.#latest = row;
    if (before !== undefined && place(before) > place(row)) return [this.#fault(before, row)];
    if (latest !== undefined && latest.request.sentAt > row.request.answeredAt) return [this.#fault(latest, row)];
    return [];
  }

  #fault(first: KnownEvent, second: KnownEvent): string {
    return `${this.#table}: order: ${nameOf(first.event)} stands before ${nameOf(second.event)}, which was accepted earlier`;
  }
}

/** Within its sender. */
function place({ event }: KnownEvent): number {
  return Number(event['number']) * 1_000 + Number(event['index']);
}

function judgePresence(known: ReadonlyMap<string, KnownEvent>): readonly string[] {
  const faults: string[] = [];
  const present = new Map<SentRequest, number>();
  for (const [name, { request, table, seen }] of known) {
    const found = present.get(request) ?? 0;
    present.set(request, found + Math.min(1, seen));
    if (seen > 1) faults.push(`${table}: ${name} is there ${seen} times`);
    if (seen === 0 && request.outcome === 'acknowledged') faults.push(`${table}: ${name} was acknowledged and is lost`);
    if (seen > 0 && request.outcome === 'refused') faults.push(`${table}: ${name} was refused and is there`);
  }
  for (const [{ sender, outcome, content }, found] of present) {
    if (outcome !== 'unknown' || content.kind !== 'event') continue;
    if (found > 0 && found < content.events.length) {
      faults.push(`a request of ${sender} without an answer is there in part: ${found} of ${content.events.length}`);
    }
  }
  return faults;
}

function judgeCounts({ events, eventCounts }: Observation): readonly string[] {
  const faults: string[] = [];
  for (const table of new Set([...events.keys(), ...eventCounts.keys()])) {
    const lines = events.get(table)?.length ?? 0;
    const rows = eventCounts.get(table) ?? 0;
    if (lines !== rows) faults.push(`${table}: ${lines} events are read back, and SQL counts ${rows} rows`);
  }
  return faults;
}
