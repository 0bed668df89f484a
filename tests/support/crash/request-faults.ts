/** Judges what the server says of its requests: each accepted one known once, with the right fates (law 2). Pure. */
import { isDeepStrictEqual } from 'node:util';
import { addsUp } from '#model/fates.ts';
import type { ExpectedFates } from './expected.ts';
import { objectsOf } from './ledger.ts';
import type { SentRequest } from './ledger.ts';
import type { Observation, SeenFate, SeenRequest } from './observation.ts';

/** What each accepted request must have come to. */
export type FatesOf = (request: SentRequest) => ExpectedFates;

export interface RequestMatches {
  readonly faults: readonly string[];
  /** Accepted requests of objects, answered or not, in the order in which they were sent. */
  readonly objectsAccepted: readonly SentRequest[];
  readonly seenOf: ReadonlyMap<SentRequest, SeenRequest>;
  /** Requests of events that the server knows and that were never answered. */
  readonly eventsUnanswered: readonly SeenRequest[];
}

/** Finds the sent request behind each that the server knows. */
export function matchRequests(requests: readonly SentRequest[], seen: Observation): RequestMatches {
  const faults: string[] = [];
  const answered = new Map(
    requests.flatMap((request) => (isAcknowledged(request) ? [[request.requestId, request]] : [])),
  );
  const unanswered = unansweredObjects(requests);
  const seenOf = new Map<SentRequest, SeenRequest>();
  const eventsUnanswered: SeenRequest[] = [];
  for (const row of seen.requests) {
    const match = answered.get(row.requestId) ?? unanswered.get(row.correlationId ?? '');
    if (match === undefined && row.kind === 'event') eventsUnanswered.push(row);
    else if (match === undefined) faults.push(`request ${row.requestId} (${row.type}) was never sent, or was refused`);
    else if (seenOf.has(match)) faults.push(`request ${row.requestId} is known twice`);
    else seenOf.set(match, row);
  }
  for (const request of requests) {
    if (isAcknowledged(request) && !seenOf.has(request)) {
      faults.push(`request ${String(request.requestId)} was acknowledged and is not known`);
    }
  }
  const objectsAccepted = requests.filter((request) => request.content.kind !== 'event' && seenOf.has(request));
  return { faults, objectsAccepted, seenOf, eventsUnanswered };
}

function isAcknowledged({ outcome }: SentRequest): boolean {
  return outcome === 'acknowledged';
}

function unansweredObjects(requests: readonly SentRequest[]): ReadonlyMap<string, SentRequest> {
  const unanswered = new Map<string, SentRequest>();
  for (const request of requests) {
    const { content, outcome } = request;
    if (outcome === 'unknown' && content.kind !== 'event') unanswered.set(content.correlationId, request);
  }
  return unanswered;
}

/** Each unanswered request of events whose events are there is known to the server, and no other. */
export function judgeUnansweredEvents(
  accepted: readonly SentRequest[],
  known: readonly SeenRequest[],
): readonly string[] {
  const wanted = accepted.map(({ content }) => `${content.type} with ${objectsOf(content)} events`).toSorted();
  const given = known.map(({ type, counts }) => `${type} with ${counts.stored} events`).toSorted();
  if (isDeepStrictEqual(wanted, given)) return [];
  return [`requests of events without an answer: found [${wanted.join(', ')}], known [${given.join(', ')}]`];
}

/** The counts in `inlet.requests`, and fates and failures of each acknowledged request. */
export function judgeFates(
  seenOf: ReadonlyMap<SentRequest, SeenRequest>,
  fatesOf: FatesOf,
  seen: Observation,
): readonly string[] {
  const faults: string[] = [];
  for (const [request, row] of seenOf) {
    const expected = fatesOf(request);
    const name = `request ${row.requestId} (${row.type})`;
    if (!addsUp(row.counts)) faults.push(`${name}: law 2: ${JSON.stringify(row.counts)}`);
    faults.push(...differences(`${name} in SQL`, expected.counts, row.counts));
    if (isAcknowledged(request)) faults.push(...judgeFate(name, expected, seen.fates.get(row.requestId)));
  }
  return faults;
}

function judgeFate(name: string, expected: ExpectedFates, fate: SeenFate | undefined): readonly string[] {
  if (fate === undefined) return [`${name}: GET knows nothing of it`];
  const state = fate.state === 'done' ? [] : [`${name}: its state is ${fate.state}`];
  return [
    ...state,
    ...differences(`${name} by GET`, expected.counts, fate.counts),
    ...differences(`${name}: failures`, expected.failures, fate.failures),
  ];
}

function differences(name: string, expected: unknown, seen: unknown): readonly string[] {
  if (isDeepStrictEqual(expected, seen)) return [];
  return [`${name}: ${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`];
}
