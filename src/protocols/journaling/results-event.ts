/**
 * Results events: what became of the objects of requests (docs/specs/journal.md, Results).
 *
 *   request, what was decided of it ──► its JSON text ──► the event under way ──full──► the next event
 *
 * A batch may hold 50,000 requests of one object each, so that texts are put together from parts that are escaped
 * once, and no object is made for a serializer.
 *
 * Owns: the documented shape, and how much one event holds (law 6). Never: decides a fate.
 */
import type { RequestRecord } from '#model/fates.ts';
import type { NewJournalEvent } from '#model/journal.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import { cloudEvent, ENVELOPE_BYTES } from './cloud-event.ts';
import type { FailureSample } from './failure-sample.ts';
import { RequestTexts } from './request-texts.ts';
import type { SizedText } from './request-texts.ts';
import { decidedTotal, ResultsTally } from './results-tally.ts';
import type { Decided } from './results-tally.ts';

/** Of an event's text, UTF-8. A request's part is a fraction of it, whatever it holds. */
export const MAX_EVENT_BYTES: number = 256 * 1024;

/** A request, and what of it was decided now. */
export interface DecidedRequest {
  readonly request: RequestFacts;
  readonly counts: Readonly<Decided>;
  /** Of those that failed. Absent: none has. */
  readonly failures?: FailureSample;
  /** Nothing of it was decided before. */
  readonly isFirst: boolean;
  /** Nothing of it is pending any more. */
  readonly isLast: boolean;
}

export type RequestFacts = Pick<
  RequestRecord,
  'requestId' | 'kind' | 'type' | 'clientId' | 'lane' | 'correlationId' | 'requestSource' | 'acceptedAt' | 'replayOf'
>;

export interface ResultsOptions {
  readonly workspace: MunchkinId;
  /** Milliseconds since 1970: when the fates became final. */
  readonly time: number;
  /** Makes UUIDs of version 7. */
  readonly newId: () => string;
}

export class ResultsWriter {
  readonly #options: ResultsOptions;
  readonly #texts = new RequestTexts();
  readonly #events: NewJournalEvent[] = [];
  #requests: string[] = [];
  #requestIds: RequestId[] = [];
  #tally = new ResultsTally();
  #bytes = ENVELOPE_BYTES;

  constructor(options: ResultsOptions) {
    this.#options = options;
  }

  /** Leaves out a request of which nothing was decided. Each request is added once at most. */
  add(decided: DecidedRequest): void {
    const { request, counts } = decided;
    const received = decidedTotal(counts);
    if (received === 0) return;
    const { text, bytes } = this.#textOf(decided, received);
    if (this.#bytes + bytes > MAX_EVENT_BYTES) this.#end();
    this.#bytes += bytes;
    this.#requests.push(text);
    this.#requestIds.push(request.requestId);
    const priority = request.lane === 'high' ? 'high' : 'normal';
    this.#tally.add(request.kind, priority, decided);
  }

  /** None when nothing was decided. */
  finish(): readonly NewJournalEvent[] {
    this.#end();
    return this.#events;
  }

  #textOf({ request, counts, failures }: DecidedRequest, received: number): SizedText {
    const texts = this.#texts;
    const sender = texts.sender(request);
    const records = texts.records(counts, received, failures);
    const head = `{"requestId":"${request.requestId}","requestTime":"${texts.time(request.acceptedAt)}",`;
    const text = `${head}${sender.text},${records.text}`;
    const bytes = head.length + sender.bytes + records.bytes + COMMAS_AND_BRACE;
    if (failures === undefined) return { text: `${text}}`, bytes };
    const rest = failures.isWhole ? '' : `,"failuresUrl":"${requestPath(this.#options.workspace, request.requestId)}"`;
    return {
      text: `${text}${FAILURES_MEMBER}${failures.text}]${rest}}`,
      bytes: bytes + FAILURES_MEMBER.length + failures.bytes + rest.length,
    };
  }

  #end(): void {
    if (this.#requests.length === 0) return;
    const { workspace, time, newId } = this.#options;
    const said = `{"munchkinId":${JSON.stringify(workspace)},"requests":[${this.#requests.join(',')}]}`;
    const content = { data: said, requestIds: this.#requestIds, tally: this.#tally.text() };
    this.#events.push(cloudEvent({ id: newId(), type: 'results', workspace, time }, content));
    this.#requests = [];
    this.#requestIds = [];
    this.#tally = new ResultsTally();
    this.#bytes = ENVELOPE_BYTES;
  }
}

/** Two commas, the last brace, and the bracket behind failures. */
const COMMAS_AND_BRACE = 4;
const FAILURES_MEMBER = ',"failures":[';

/** Where all failures of the request can be read, page by page. */
function requestPath(workspace: MunchkinId, requestId: RequestId): string {
  return `/v1/workspaces/${workspace}/requests/${requestId}`;
}
