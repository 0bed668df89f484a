/**
 * The fate of every object of one request, by its place.
 * Owns: which of the store's lists says what, so that each object is in the answer once (law 2). Never: counts.
 */
import { failedFate, decidedFate, storedFate, unappliedFate, waitingFate } from './fate-answer.ts';
import type { ShownFate } from './fate-answer.ts';
import type { FoundRequest } from './find-request.ts';
import type { QueryParts } from './query-parts.ts';
import type { FailureRecord, RequestRecord } from '#model/fates.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';

/** Places after `after`, or from 0 on. */
export interface PlacePage {
  readonly limit: number;
  readonly after?: number | undefined;
}

type Parts = Pick<QueryParts, 'reader' | 'clock'>;

/** As many fates as the page may have, and one more when there is one. */
export async function objectFates(
  parts: Parts,
  workspace: MunchkinId,
  { found, page }: { readonly found: FoundRequest; readonly page: PlacePage },
): Promise<readonly ShownFate[]> {
  if (found.at === 'log') return places(found.entry.objects, page).map(unappliedFate);
  const { record } = found;
  const whole = await wholeFailure(parts, workspace, record);
  if (whole !== undefined) {
    return places(record.counts.received, page).map((index) => failedFate({ ...whole, index }));
  }
  const known = await knownFates(parts, workspace, { record, page });
  const all = record.kind === 'event' ? withStored(known, record, page) : [...known.values()];
  return all.toSorted((a, b) => a.index - b.index).slice(0, page.limit + 1);
}

/** The failure of a request whose body could not be read: it is that of each of its objects. */
async function wholeFailure(
  { reader }: Parts,
  workspace: MunchkinId,
  { requestId, counts }: RequestRecord,
): Promise<FailureRecord | undefined> {
  if (counts.failed < counts.received) return undefined;
  const [first] = await reader.failures(workspace, { requestId, limit: 1 });
  return first !== undefined && first.index < 0 ? first : undefined;
}

/**
 * All that has an entry in a list. What waits is read first: an object that is decided meanwhile is found in another
 * list then, and never in none.
 */
async function knownFates(
  { reader, clock }: Parts,
  workspace: MunchkinId,
  { record, page }: { readonly record: RequestRecord; readonly page: PlacePage },
): Promise<ReadonlyMap<number, ShownFate>> {
  const { requestId, counts, kind } = record;
  const from = { limit: page.limit + 1, ...(page.after !== undefined && { after: { requestId, index: page.after } }) };
  const now = clock.now();
  const waiting = counts.pending > 0 ? await reader.waiting(workspace, { requestId, ...from }) : [];
  const failed = await reader.failures(workspace, { requestId, ...from });
  const decided = kind === 'event' ? [] : await reader.fates(workspace, { of: { requestId }, ...from });
  const shown = [
    ...waiting.map((each) => waitingFate(each, now)),
    ...failed.map(failedFate),
    ...decided.map(decidedFate),
  ];
  return new Map(shown.map((fate) => [fate.index, fate]));
}

// Of events that are in no list each was stored: a list of what succeeded would be as long as the tables.
function withStored(known: ReadonlyMap<number, ShownFate>, record: RequestRecord, page: PlacePage): ShownFate[] {
  const duplicates = new Map<number, RequestId>((record.duplicates ?? []).map(({ index, of }) => [index, of]));
  return places(record.counts.received, page).map(
    (index) => known.get(index) ?? storedFate(index, record.duplicateOf ?? duplicates.get(index)),
  );
}

function places(received: number, { limit, after = -1 }: PlacePage): number[] {
  const count = Math.min(limit + 1, received - after - 1);
  return Array.from({ length: Math.max(0, count) }, (_, at) => after + 1 + at);
}
