/**
 * What the store has to hold once a list of requests has been applied in order.
 * Owns: the fold over objects, and the fates that follow from it. Pure.
 */
import { noFates } from '#model/fates.ts';
import type { FateCounts } from '#model/words.ts';
import type { FieldContent, ObjectContent, SentRequest } from './ledger.ts';

/** Fields by name; a field that was never sent is absent. */
export type ExpectedRow = Readonly<Record<string, FieldContent>>;

export interface ExpectedFailure {
  readonly index: number;
  readonly code: string;
}

export interface ExpectedFates {
  readonly counts: FateCounts;
  readonly failures: readonly ExpectedFailure[];
}

export interface ExpectedObjects {
  /** By type, then by key. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, ExpectedRow>>;
  readonly fates: ReadonlyMap<SentRequest, ExpectedFates>;
}

/** `accepted` in the order of sending: a key belongs to one sender and lane, so that law 4 gives the rest. */
export function applyObjects(accepted: readonly SentRequest[]): ExpectedObjects {
  const rows = new Map<string, Map<string, ExpectedRow>>([
    ['persons', new Map()],
    ['parcels', new Map()],
  ]);
  const fates = new Map<SentRequest, ExpectedFates>();
  for (const request of accepted) {
    const { content } = request;
    if (content.kind !== 'event') fates.set(request, applyRequest(content, rows.get(content.type) ?? new Map()));
  }
  return { rows, fates };
}

function applyRequest({ objects }: ObjectContent, rows: Map<string, ExpectedRow>): ExpectedFates {
  const counts: FateCounts = { ...noFates(), received: objects.length };
  const failures: ExpectedFailure[] = [];
  for (const [index, { key, fields, failsWith }] of objects.entries()) {
    if (failsWith !== undefined || key === undefined) {
      counts.failed += 1;
      failures.push({ index, code: failsWith ?? '1002' });
      continue;
    }
    const before = rows.get(key);
    counts[before === undefined ? 'created' : 'updated'] += 1;
    rows.set(key, { ...before, ...fields });
  }
  return { counts, failures };
}

/** The fates of a request of events: each is stored. */
export function eventFates(events: number): ExpectedFates {
  return { counts: { ...noFates(), received: events, stored: events }, failures: [] };
}
