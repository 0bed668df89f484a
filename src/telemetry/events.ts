/**
 * What the rooms have to say about themselves: one method per event, which feeds the log and the metrics alike.
 * Owns: the interfaces alone; room-events.ts implements them. Never: carries a secret, or an object's content.
 */
import type { Envelope } from '#model/entry.ts';
import type { FateCounts, Lane, MunchkinId, ObjectKind, RequestId } from '#model/words.ts';

/** The wires, as the metrics label them. */
export type Protocol =
  | 'postback'
  | 'records'
  | 'td-js'
  | 'td-mobile'
  | 'ingestion'
  | 'identity'
  | 'admin'
  | 'rest'
  | 'live'
  | 'td-rest';

export interface GatewayEvents {
  /** An answer has been handed to the socket. Called once for each request, refused ones too. */
  requestAnswered(event: RequestAnswered): void;
  /** An entry is durable (law 1). Called after the append resolved and before the answer. */
  entryAccepted(event: EntryAccepted): void;
  /** A request was turned away: a fault of the sender, a limit, or no room in the log. */
  requestRefused(event: RequestRefused): void;
  /** Records were refused, each in a receipt of its own, in an answer that is a success as a whole. */
  recordsRefused(event: RecordsRefused): void;
  /** A Postback event was dropped with a success answer, because its key was not good and compat mode is on. */
  postbackRejected(event: PostbackRejected): void;
  /** A mistake of our own. The error goes to the log and never into an answer. */
  internalFault(error: unknown, context: FaultContext): void;
  /** The log cannot say what is on disk, and nothing is accepted until a restart (law 9). */
  logFailed(error: unknown): void;
}

export interface RequestAnswered {
  readonly protocol: Protocol;
  readonly status: number;
  /** From the first byte of the request that was seen to the last of the answer that was written. */
  readonly seconds: number;
}

export interface EntryAccepted {
  readonly workspace: MunchkinId;
  readonly lane: Lane;
  readonly kind: Envelope['kind'];
  readonly objects: number;
  /** Of the body as stored, inflated. */
  readonly bytes: number;
  /** From the call of append until the entry was durable. */
  readonly appendSeconds: number;
}

export interface RequestRefused {
  readonly protocol: Protocol;
  readonly requestId: RequestId;
  readonly status: number;
  /** The stable code of the refusal, such as `4000802`, or `Forbidden` on the Postback API. */
  readonly code: string;
  /** What the answer says, too. Holds no secret. */
  readonly reason: string;
  /** Absent when no credential named one. */
  readonly workspace?: MunchkinId;
}

export interface RecordsRefused {
  readonly protocol: Protocol;
  /** The name of the fault in the receipts, such as `InvalidPropertyValueError`. */
  readonly error: string;
  readonly records: number;
}

export interface PostbackRejected {
  readonly requestId: RequestId;
  readonly database: string;
  readonly table: string;
  readonly reason: string;
}

export interface FaultContext {
  /** The room or step in which it happened, such as `gateway.append`. */
  readonly where: string;
  readonly requestId?: RequestId;
  readonly workspace?: MunchkinId;
}

export interface RetentionEvents {
  /** Applied entries of a lane have gone from the log. */
  logCut(event: LogCut): void;
  /** A store is told to forget; the command is durable. */
  retainSubmitted(workspace: MunchkinId): void;
  /** Log and stores have been looked at. */
  retentionDone(event: RetentionDone): void;
  /** A mistake of our own. */
  internalFault(error: unknown, context: FaultContext): void;
}

export interface LogCut {
  readonly workspace: MunchkinId;
  readonly lane: Lane;
  /** As retention counts them. */
  readonly bytes: number;
}

export interface RetentionDone {
  /** What the log keeps, applied or not, as retention counts it. */
  readonly keptBytes: number;
  readonly seconds: number;
}

export interface ApplierEvents {
  /** A batch and its checkpoint are committed (law 3). */
  batchApplied(event: BatchApplied): void;
  /** Objects of the batch failed and are in quarantine. Called at most once for each code of a batch. */
  objectsFailed(event: ObjectsFailed): void;
  /** Events count as stored and made no rows: their idempotency keys had come before. */
  eventsRepeated(event: EventsRepeated): void;
  /** An entry could not be decoded or applied, and went to quarantine whole (law 5). */
  entryQuarantined(event: EntryQuarantined): void;
  /** The store had no memory for an entry, several times; its objects wait for a retry. */
  entrySetAside(event: EntrySetAside): void;
  /** Waiting objects were tried again, and what became of them is committed. */
  objectsRetried(event: ObjectsRetried): void;
  /** An operator ended the wait of a request's objects: they have failed. */
  waitsCancelled(event: WaitsCancelled): void;
  /** The workspace's store fails; it alone waits and is tried again. Called when it begins. */
  workspacePaused(event: WorkspacePaused): void;
  /** The workspace's store answers again. */
  workspaceResumed(workspace: MunchkinId): void;
  /** A transaction was rolled back and will be tried again. */
  batchRetried(event: BatchRetried): void;
  /** The process that owns the store ended and is being started again. */
  storeRestarted(reason: string): void;
  /** A mistake of our own. */
  internalFault(error: unknown, context: FaultContext): void;
}

export interface BatchApplied {
  readonly workspace: MunchkinId;
  readonly entries: number;
  readonly objects: number;
  /** From the read of the entries to the end of the commit. */
  readonly seconds: number;
  /** Of these, the transaction with its commit. */
  readonly commitSeconds: number;
  /** Fates of the batch's objects by kind. */
  readonly counts: ReadonlyMap<ObjectKind, Readonly<FateCounts>>;
  /** Between the acceptance of the batch's oldest entry and its commit. */
  readonly lagSeconds: number;
}

export interface ObjectsFailed {
  readonly workspace: MunchkinId;
  readonly kind: ObjectKind;
  readonly code: string;
  readonly objects: number;
}

export interface EventsRepeated {
  readonly workspace: MunchkinId;
  readonly events: number;
}

export interface EntryQuarantined {
  readonly workspace: MunchkinId;
  readonly requestId: RequestId;
  readonly objects: number;
  readonly reason: string;
}

export interface EntrySetAside {
  readonly workspace: MunchkinId;
  readonly requestId: RequestId;
  readonly objects: number;
}

export interface ObjectsRetried {
  readonly workspace: MunchkinId;
  readonly objects: number;
  /** Of these, those that go on waiting. */
  readonly postponed: number;
  /** Final fates of the others, by kind. */
  readonly counts: ReadonlyMap<ObjectKind, Readonly<FateCounts>>;
  /** The transaction with its commit. */
  readonly seconds: number;
}

export interface WaitsCancelled {
  readonly workspace: MunchkinId;
  readonly requestId: RequestId;
  /** By kind; all have failed. */
  readonly counts: ReadonlyMap<ObjectKind, Readonly<FateCounts>>;
}

export interface WorkspacePaused {
  readonly workspace: MunchkinId;
  readonly reason: string;
}

export interface BatchRetried {
  readonly workspace: MunchkinId;
  readonly reason: string;
  /** From 1. */
  readonly attempt: number;
  readonly delayMs: number;
}
