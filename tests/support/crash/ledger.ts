/**
 * The record of a run: what was sent, when, and what was answered.
 * Owns: the order in which sender and answers were seen. Never: looks at the server; it knows what a sender knows.
 */
import type { ObjectKind, Priority } from '#model/words.ts';

/**
 * `acknowledged`: a success status line arrived, which is a promise (law 1). `refused`: an error answer arrived.
 * `unknown`: the connection broke first, so that the server may have taken the request or not.
 */
export type Outcome = 'acknowledged' | 'refused' | 'unknown';

export type FieldContent = string | number | null;

/** One person or custom object as it was sent. Every key belongs to one sender and one lane. */
export interface SentObject {
  /** Of its dedupe field; undefined when that is what is wrong with it. */
  readonly key: string | undefined;
  /** Without the dedupe field. */
  readonly fields: Readonly<Record<string, FieldContent>>;
  /** The code with which the object has to fail. */
  readonly failsWith?: string;
}

/** Names itself by its members `sender`, `number` and `index`. */
export type SentEvent = Readonly<Record<string, unknown>>;

interface CommonContent {
  readonly body: string;
  /** The body is no request at all, and has to be refused. */
  readonly malformed: boolean;
}

export interface EventContent extends CommonContent {
  readonly kind: 'event';
  /** `database.table`. */
  readonly type: string;
  readonly events: readonly SentEvent[];
}

export interface ObjectContent extends CommonContent {
  readonly kind: Exclude<ObjectKind, 'event'>;
  readonly type: 'persons' | 'parcels';
  readonly priority: Priority;
  /** Tells a request of which no answer came among those that the server knows. */
  readonly correlationId: string;
  readonly objects: readonly SentObject[];
}

export type RequestContent = EventContent | ObjectContent;

export interface SentRequest {
  readonly sender: string;
  readonly content: RequestContent;
  /** Which life of the gateway process it was sent to, from 1. */
  readonly life: number;
  /** Places in the order of everything that the record saw; an answer that never came lies at infinity. */
  readonly sentAt: number;
  answeredAt: number;
  outcome: Outcome;
  requestId?: string;
  /** HTTP status of the answer. */
  status?: number;
}

export interface Answered {
  readonly status: number;
  readonly requestId: string | undefined;
}

export class Ledger {
  readonly requests: SentRequest[] = [];
  #moment = 0;
  #life = 0;

  /** The life of the gateway process that runs now. */
  get life(): number {
    return this.#life;
  }

  gatewayStarted(): void {
    this.#life += 1;
  }

  /** To be called before the first byte leaves. */
  sent(sender: string, content: RequestContent): SentRequest {
    const request: SentRequest = {
      sender,
      content,
      life: this.#life,
      sentAt: (this.#moment += 1),
      answeredAt: Infinity,
      outcome: 'unknown',
    };
    this.requests.push(request);
    return request;
  }

  /** To be called when the status line has arrived. `doubtful`: an error answer after which the entry may be there. */
  answered(request: SentRequest, { status, requestId }: Answered, doubtful: boolean): void {
    request.status = status;
    if (status >= 400 && doubtful) return;
    request.answeredAt = this.#moment += 1;
    request.outcome = status < 400 ? 'acknowledged' : 'refused';
    if (requestId !== undefined) request.requestId = requestId;
  }
}

/** How many objects or events a request holds. */
export function objectsOf(content: RequestContent): number {
  return content.kind === 'event' ? content.events.length : content.objects.length;
}

/** Requests that were answered otherwise than they deserve, as sentences. */
export function findWrongAnswers(requests: readonly SentRequest[]): readonly string[] {
  return requests.flatMap(({ sender, content, outcome, status }) => {
    const wanted = content.malformed ? 'refused' : 'acknowledged';
    if (outcome === 'unknown' || outcome === wanted) return [];
    return [`a request of ${sender} was ${outcome} with ${status} instead of ${wanted}: ${content.body.slice(0, 200)}`];
  });
}
