/**
 * An entry: one accepted request as it lies in the intake log.
 * Owns: the envelope's shape, which is a disk format. Never: parses a body.
 */
import type { RetentionLimit } from '#model/journal.ts';
import type { UpsertAction } from '#model/upsert.ts';
import type { Lane, MunchkinId, ObjectKind, Position, RequestId } from '#model/words.ts';

/** What was known of a request besides its bytes. Stored as JSON beside the body; members are only ever added. */
export type Envelope = EventEnvelope | PersonsEnvelope | CustomObjectsEnvelope | ReplayEnvelope | CommandEnvelope;

interface CommonEnvelope {
  /** OAuth client id, or the id of the write key. */
  readonly clientId: string;
  readonly correlationId?: string;
  readonly requestSource?: string;
  /** W3C trace context of the sender, carried to the applier's spans. */
  readonly traceparent?: string;
}

export interface EventEnvelope extends CommonEnvelope {
  readonly kind: 'event';
  readonly database: string;
  readonly table: string;
  /**
   * `json`: an object, or an array of objects. `records`: an object whose list `events`, or else `records`, has them.
   * `form`: `application/x-www-form-urlencoded`.
   */
  readonly format: 'json' | 'records' | 'form';
  /** Fills the placeholder `td_ip`. */
  readonly ip?: string;
  /** Fills the placeholders `td_ua`, `td_browser` … */
  readonly userAgent?: string;
  /** Fills the placeholder `td_global_id`. */
  readonly globalId?: string;
  /** The key of the sender's record ids, such as `uuid`: its values go to `_extra` and make no column. */
  readonly idKey?: string;
  /** Of the request: its events are those of an earlier request of this table with an equal key, whatever they hold. */
  readonly idempotencyKey?: string;
  /** Each event has an idempotency key of its own, if it has one at all, under this key. */
  readonly keyedBy?: 'uuid';
}

/** What REST calls ask for beyond the Data Ingestion API. The body is a Data Ingestion body all the same. */
interface UpsertEnvelope extends CommonEnvelope {
  /** Absent: `createOrUpdate`. */
  readonly action?: UpsertAction;
  /**
   * The sender waits for each object's result: it is recorded, and an object that would have to wait fails at once
   * (1004 for its person, 1022 behind an earlier version of itself).
   */
  readonly answered?: true;
}

export interface PersonsEnvelope extends UpsertEnvelope {
  readonly kind: 'person';
}

export interface CustomObjectsEnvelope extends UpsertEnvelope {
  readonly kind: 'customObject';
  /** In its declared spelling. */
  readonly apiName: string;
}

/** Failed objects of one kind and type, tried again. The body is JSON: `[{"requestId","indexes":[0,…]},…]`. */
export interface ReplayEnvelope extends CommonEnvelope {
  readonly kind: 'replay';
  readonly objectKind: ObjectKind;
  /** `persons`, the API name of a custom object type, or `database.table`. */
  readonly type: string;
}

/** Something that an operator wants done in order with everything else. It holds no objects and has an empty body. */
export type CommandEnvelope = CancelWaitingEnvelope | DropTablesEnvelope | RetainEnvelope;

export interface CancelWaitingEnvelope extends CommonEnvelope {
  readonly kind: 'command';
  /** Ends the wait of all waiting objects of `requestId`: they fail with the code that they wait with. */
  readonly command: 'cancel-waiting';
  readonly requestId: RequestId;
}

/** In the lane of events, whose entries before it are in the tables and whose entries behind it make new ones. */
export interface DropTablesEnvelope extends CommonEnvelope {
  readonly kind: 'command';
  /** Drops an event table with its rows, or all tables of a database. */
  readonly command: 'drop-tables';
  readonly database: string;
  /** Absent: all of the database. */
  readonly table?: string;
}

/** In the lane `high`. */
export interface RetainEnvelope extends CommonEnvelope, RetentionLimit {
  readonly kind: 'command';
  /** Forgets what is finished and lies beyond the limit. */
  readonly command: 'retain';
}

/** Bytes that an entry takes in a log beside its body, as retention estimates them: envelope, header, indexes. */
export const ENTRY_OVERHEAD_BYTES = 256;

/** An entry on its way into the log. */
export interface NewEntry {
  readonly workspace: MunchkinId;
  readonly lane: Lane;
  readonly requestId: RequestId;
  /** Milliseconds since 1970, by the gateway's clock. */
  readonly acceptedAt: number;
  /** How many objects or events the body holds. */
  readonly objects: number;
  readonly envelope: Envelope;
  /** As sent, inflated, valid UTF-8. */
  readonly body: Uint8Array;
}

export interface Entry extends NewEntry {
  readonly position: Position;
}
