/**
 * What the rooms say of a request's way, so that it can be followed: from HTTP to the log to the store.
 * Owns: the interfaces alone; tracing-gateway.ts and tracing-applier.ts implement them.
 * Never: carries a secret (law 8), or an object's content.
 *
 * Where tracing is off there is none of these at all: rooms pay for one comparison with undefined.
 */
import type { Entry, NewEntry } from '#model/entry.ts';
import type { RequestRecord } from '#model/fates.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';

export interface Tracing extends AsyncDisposable {
  readonly gateway: GatewayTracing;
  readonly applier: ApplierTracing;
  /** Sends what is left, for at most {@link FLUSH_DEADLINE_MS}; what a silent receiver has not taken is lost. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A receiver that answers does so in milliseconds; a stop does not wait for one that does not. */
export const FLUSH_DEADLINE_MS = 1_000;

export interface GatewayTracing {
  /** Called at the first sight of a request. Its span ends when it is told so, once. */
  beginRequest(request: TracedRequest): RequestSpan;
}

export interface TracedRequest {
  readonly requestId: RequestId;
  readonly method: string;
  /** The path with names in the place of what differs from request to request, such as `/{database}/{table}`. */
  readonly route: string;
  /** The sender's, as `readTraceparent` gives it. */
  readonly traceparent: string | undefined;
}

export interface RequestSpan {
  /** The W3C context of this span, for the envelope: what the applier does with the entry belongs below it. */
  readonly traceparent: string;
  /** An entry of the request is handed to the log. */
  beginAppend(entry: Pick<NewEntry, 'requestId' | 'lane' | 'objects'>): AppendSpan;
  /** Which one it is of the calls that lie behind one route, such as `syncLeads`. */
  nameCall(name: string): void;
  /** The answer has been handed to the socket. */
  end(answered: AnsweredRequest): void;
}

export interface AppendSpan {
  /** The entry is durable, or the log has not taken it. */
  end(outcome: 'durable' | 'refused'): void;
}

export interface AnsweredRequest {
  /** Absent: the sender went away before. */
  readonly status?: number | undefined;
  readonly workspace?: MunchkinId | undefined;
  /** Of a refusal, such as `4000802`. */
  readonly code?: string | undefined;
}

export interface ApplierTracing {
  /** A batch is committed. */
  batchApplied(batch: TracedBatch): void;
  /** Waiting objects were tried again, and what became of them is committed. */
  objectsRetried(tried: TracedRetry): void;
}

/** When something was done that ended just now. */
export interface TracedTimes {
  /** Milliseconds since 1970, at its end. */
  readonly now: number;
  readonly seconds: number;
}

export interface TracedBatch {
  readonly workspace: MunchkinId;
  readonly entries: readonly Pick<Entry, 'requestId' | 'acceptedAt' | 'lane' | 'objects' | 'envelope'>[];
  /** What became of them at first; a command has no record. */
  readonly requests: readonly Pick<RequestRecord, 'requestId' | 'counts'>[];
  readonly times: TracedTimes & {
    /** Of these, the transaction with its commit. */
    readonly commitSeconds: number;
  };
}

export interface TracedRetry {
  readonly workspace: MunchkinId;
  /** One for each object. */
  readonly requestIds: readonly RequestId[];
  readonly times: TracedTimes;
}
