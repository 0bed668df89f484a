/**
 * The envelope that every event of the journal has: a flat CloudEvent 1.0 with the ids that Adobe I/O Events adds.
 * Owns: the members around `data`. Never: knows what `data` says.
 */
import type { JournalType, NewJournalEvent } from '#model/journal.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';

/** What tells one event from another. */
export interface EventHead {
  /** UUID version 7. */
  readonly id: string;
  readonly type: JournalType;
  readonly workspace: MunchkinId;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** What it says, beside its head. */
export interface EventContent extends Pick<NewJournalEvent, 'tally'> {
  /** JSON text. */
  readonly data: string;
  readonly requestIds: readonly RequestId[];
}

/** Of the type in an event; what follows is a {@link JournalType}. */
export const TYPE_PREFIX = 'com.adobe.platform.marketo.observability.';

/** Bytes of a results event around the texts of its requests: an upper bound. */
export const ENVELOPE_BYTES = 1_024;

/**
 * The receiver is the workspace, whoever reads: so the text, and a signature over it, are the same for all. Both
 * spellings of the ids are there, since clients of either age look for theirs.
 */
export function cloudEvent({ id, type, workspace, time }: EventHead, content: EventContent): NewJournalEvent {
  const { data: said, requestIds, tally } = content;
  const receiver = JSON.stringify(workspace);
  const event =
    `{"id":"${id}","specversion":"1.0","type":"${TYPE_PREFIX}${type}","source":"urn:data_ingestion_service",` +
    `"time":"${new Date(time).toISOString()}","datacontenttype":"application/json",` +
    `"eventid":"${id}","event_id":"${id}","recipientclientid":${receiver},"recipient_client_id":${receiver},` +
    `"data":${said}}`;
  return { id, type, time, event, requestIds, ...(tally === undefined ? {} : { tally }) };
}
