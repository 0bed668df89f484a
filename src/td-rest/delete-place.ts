/**
 * Deletes a table, or a database with all its tables: through the log, in order with the events before and behind it.
 * Owns: the way there and back. Never: checks whether it is there; who calls has.
 */
import type { EventPlace } from '#model/event-place.ts';
import type { RequestId } from '#model/words.ts';
import { tdError } from '#protocols/td-rest/errors.ts';
import type { TdCall } from './td-parts.ts';

const LANE = 'events';

/**
 * Resolves once it is gone. Rejects with a TdError (503) when the log does not take it, or when it is not applied in
 * time.
 */
export async function deletePlace(
  { parts, workspace, key, gone, stopping }: TdCall,
  place: Pick<EventPlace, 'database' | 'table'>,
): Promise<RequestId> {
  const envelope = { kind: 'command', command: 'drop-tables', clientId: key.id, ...place } as const;
  const submission = { workspace, lane: LANE, objects: 0, envelope, body: new Uint8Array() } as const;
  const submitted = await parts.submitting.submit(submission);
  if ('refused' in submitted) throw tdError('td-503', submitted.refused, submitted.retryAfterSeconds);
  const { requestId, position } = submitted;
  const patience = AbortSignal.timeout(parts.patienceMs);
  try {
    await parts.applying.decided(workspace, LANE, position, AbortSignal.any([patience, gone, stopping]));
  } catch (error) {
    if (patience.aborted || gone.aborted || stopping.aborted) throw tdError('td-503', LATER, 1);
    throw error;
  }
  await parts.control.removeEventPlaces(workspace, place);
  return requestId;
}

const LATER = 'the deletion is durable and will be carried out, but not yet';
