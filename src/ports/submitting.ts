import type { Envelope } from '#model/entry.ts';
import type { Lane, MunchkinId, Position, RequestId } from '#model/words.ts';

/**
 * The way into the log for what does not come over the collection routes: REST writes, replays, commands.
 * Counts against no quota.
 */
export interface Submitting {
  /** Resolves once the entry is durable (law 1), or with why it was not taken. */
  submit(submission: Submission): Promise<Submitted | NotSubmitted>;
}

export interface Submission {
  readonly workspace: MunchkinId;
  readonly lane: Lane;
  readonly objects: number;
  readonly envelope: Envelope;
  /** UTF-8. Its memory is the caller's again once the call has resolved. */
  readonly body: Uint8Array;
}

export interface Submitted {
  readonly requestId: RequestId;
  readonly position: Position;
}

/** The log has no room, has failed, or the server is stopping: to be answered with 503. */
export interface NotSubmitted {
  readonly refused: string;
  readonly retryAfterSeconds: number;
}
