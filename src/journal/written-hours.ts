/**
 * Which hour of a workspace has no metrics event yet, as its journal says: what a clerk remembers ends with it.
 * Owns: how far back hours are caught up. Never: writes.
 */
import { HOUR_MS, hourOf } from './activity.ts';
import type { JournalEvent } from '#model/journal.ts';
import type { MunchkinId } from '#model/words.ts';
import type { JournalPageRequest, StoreReader } from '#ports/store-reader.ts';

/** Hours that were skipped are caught up, so many at most (law 6). */
const CAUGHT_UP_HOURS = 24;

export interface HoursParts {
  readonly reader: Pick<StoreReader, 'journal'>;
  /** When something first happened in the workspace, as this process knows. */
  readonly firstAt: (workspace: MunchkinId) => number | undefined;
}

/**
 * Start of the first hour before `hour` that is due: behind the last one that is written, else that in which something
 * happened first. Undefined when nothing has happened in the hours that are caught up.
 */
export async function firstDueHour(
  { reader, firstAt }: HoursParts,
  workspace: MunchkinId,
  hour: number,
): Promise<number | undefined> {
  const earliest = hour - CAUGHT_UP_HOURS * HOUR_MS;
  const read = (page: Pick<JournalPageRequest, 'types' | 'from' | 'to' | 'limit'>) => readAll(reader, workspace, page);
  // A window ends at the time of its event: that of the first hour before those which are caught up counts, too.
  const written = (await read({ types: ['metrics'], from: earliest, limit: 100 })).map(({ time }) => time);
  if (written.length > 0) return Math.max(...written);
  const [result] = await read({ types: ['results'], from: earliest, to: hour, limit: 1 });
  const happened = [result?.time, firstAt(workspace)].filter((time) => time !== undefined && time < hour);
  return happened.length === 0 ? undefined : Math.max(earliest, hourOf(Math.min(...(happened as number[]))));
}

/** Whether fates became final since that time, in milliseconds since 1970. */
export async function hasResults(reader: HoursParts['reader'], workspace: MunchkinId, since: number): Promise<boolean> {
  return (await readAll(reader, workspace, { types: ['results'], from: since, limit: 1 })).length > 0;
}

/** Up to the first page that has as many as it may. */
async function readAll(
  reader: HoursParts['reader'],
  workspace: MunchkinId,
  page: Pick<JournalPageRequest, 'types' | 'from' | 'to' | 'limit'>,
): Promise<readonly JournalEvent[]> {
  const found: JournalEvent[] = [];
  for (let after = 0; ;) {
    const { events, through, last } = await reader.journal(workspace, { ...page, after, maxBytes: MAX_BYTES });
    found.push(...events);
    if (through >= last || through <= after || found.length >= page.limit) return found;
    after = through;
  }
}

const MAX_BYTES = 1024 * 1024;
