/**
 * The links of the journaling API, by which its readers go on (RFC 8288).
 * Owns: their form, below the server's address. Never: decides where a reader goes on.
 */
import type { MunchkinId } from '#model/words.ts';
import type { JournalParameters } from './journal-query.ts';
import { positionText } from './position.ts';

/** What a reader has asked for beside its place: it is kept from page to page. */
export type KeptParameters = Pick<JournalParameters, 'limit' | 'from' | 'to' | 'type' | 'requestId'>;

/** Path and query of the page that follows the ordinal. */
export function nextPagePath(workspace: MunchkinId, ordinal: number, kept: KeptParameters): string {
  const query = new URLSearchParams({ since: positionText(workspace, ordinal) });
  const { limit, from, to, type = [], requestId } = kept;
  if (limit !== undefined) query.set('limit', String(limit));
  if (from !== undefined) query.set('from', from);
  if (to !== undefined) query.set('to', to);
  for (const name of typeof type === 'string' ? [type] : type) query.append('type', name);
  if (requestId !== undefined) query.set('requestId', requestId);
  return `${journalPath(workspace)}?${query.toString()}`;
}

/** Path and query on which a reader learns whether the position can still be read from. */
export function validatePath(workspace: MunchkinId, ordinal: number): string {
  const query = new URLSearchParams({ since: positionText(workspace, ordinal) });
  return `${journalPath(workspace)}/validate?${query.toString()}`;
}

/** A value of the header `Link`. */
export function linkTo(target: string, relation: 'next' | 'validate'): string {
  return `<${target}>; rel="${relation}"`;
}

function journalPath(workspace: MunchkinId): string {
  return `/v1/workspaces/${encodeURIComponent(workspace)}/journal`;
}
