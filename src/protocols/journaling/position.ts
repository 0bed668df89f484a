/**
 * Positions in a journal: opaque texts for readers, a workspace and an ordinal for us.
 * Owns: their form. Never: says whether an event still stands there.
 */
import type { MunchkinId } from '#model/words.ts';
import { invalidInput } from '#protocols/api/problems.ts';

const POSITION = /^inlet:(?<workspace>[\w-]+):(?<ordinal>0|[1-9]\d{0,15})$/u;

/** The position right behind the event of that ordinal; of ordinal 0 the one before all events. */
export function positionText(workspace: MunchkinId, ordinal: number): string {
  return `inlet:${workspace}:${ordinal}`;
}

/**
 * The ordinal behind which the position lies. Throws a `Problem` that names `member`, where the text was given, unless
 * it is a position of this workspace's journal.
 */
export function readPosition(text: string, workspace: MunchkinId, member: string): number {
  const parts = POSITION.exec(text)?.groups;
  const ordinal = Number(parts?.['ordinal']);
  if (parts === undefined || !Number.isSafeInteger(ordinal)) throw invalidInput(member, HOW_TO_MEND);
  if (parts['workspace'] === workspace) return ordinal;
  throw invalidInput(
    member,
    `is a position of another journal than that of the workspace in the path; ${HOW_TO_GO_ON}`,
  );
}

const HOW_TO_GO_ON = 'leave it out to begin with the oldest event';
const HOW_TO_MEND = `must be a position as the journal gave it, unchanged: of an event, of _page.last, or of a link; ${HOW_TO_GO_ON}`;
