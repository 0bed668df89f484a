/**
 * The JSON texts that the requests of a results event are made of.
 * Owns: what is made once and used again, since neighbours mostly share their sender, their outcome and their moment.
 * Never: judges what it is given.
 */
import type { RequestRecord } from '#model/fates.ts';
import type { ObjectKind } from '#model/words.ts';
import type { FailureSample } from './failure-sample.ts';
import type { Decided } from './results-tally.ts';

/** A JSON text, and how many bytes of UTF-8 it takes at most. */
export interface SizedText {
  readonly text: string;
  readonly bytes: number;
}

/** What tells from whom and of what kind a request is. */
type Sender = Pick<
  RequestRecord,
  'kind' | 'type' | 'clientId' | 'lane' | 'correlationId' | 'requestSource' | 'replayOf'
>;

interface KnownSender extends Sender {
  /** What stands before and behind the correlation id. */
  readonly before: string;
  readonly behind: string;
  readonly bytes: number;
  /** Without a correlation id. */
  readonly anonymous: SizedText;
}

interface KnownRecords extends SizedText {
  readonly counts: Readonly<Decided>;
}

export class RequestTexts {
  #moment = -1;
  #momentText = '';
  /** By the type of the objects: the last of each. */
  readonly #senders = new Map<string, KnownSender>();
  #records: KnownRecords | undefined;

  /** `moment` in milliseconds since 1970. */
  time(moment: number): string {
    if (moment !== this.#moment) {
      this.#moment = moment;
      this.#momentText = new Date(moment).toISOString();
    }
    return this.#momentText;
  }

  /** The members from `clientId` to `type`. */
  sender(request: Sender): SizedText {
    const known = this.#senders.get(request.type);
    const { before, behind, bytes, anonymous } =
      known !== undefined && isAlike(known, request) ? known : this.#learn(request);
    const { correlationId } = request;
    if (correlationId === undefined) return anonymous;
    const quoted = JSON.stringify(correlationId);
    return { text: `${before}${quoted}${behind}`, bytes: bytes + Buffer.byteLength(quoted) };
  }

  /** The member `records`. */
  records(counts: Readonly<Decided>, received: number, failures: FailureSample | undefined): SizedText {
    const known = this.#records;
    if (failures === undefined && known !== undefined && areEqual(known.counts, counts)) return known;
    const { created, updated, stored, deleted } = counts;
    const extra = `${stored > 0 ? `,"stored":${stored}` : ''}${deleted > 0 ? `,"deleted":${deleted}` : ''}`;
    const failed = JSON.stringify(Object.fromEntries(failures?.codes ?? []));
    const text = [
      `"records":{"received":${received},"created":${created},"updated":${updated}${extra}`,
      `,"failed":${failed}}`,
    ].join('');
    const sized = { text, bytes: Buffer.byteLength(text), counts };
    if (failures === undefined) this.#records = sized;
    return sized;
  }

  #learn({ kind, type, clientId, lane, requestSource, replayOf }: Sender): KnownSender {
    const source = requestSource ?? (replayOf === undefined ? SOURCES[kind] : REPLAY);
    const before = `"clientId":${JSON.stringify(clientId)},"correlationId":`;
    const behind =
      `,"requestSource":${JSON.stringify(source)},"objectType":"${kind}",` +
      `"priority":"${lane === 'high' ? 'high' : 'normal'}","type":${JSON.stringify(type)}`;
    const bytes = Buffer.byteLength(before) + Buffer.byteLength(behind);
    // Joined, it is one text in memory, and not a tree of its parts that is walked at each use.
    const anonymous = { text: [before, '""', behind].join(''), bytes: bytes + 2 };
    const named = { kind, type, clientId, lane, ...(requestSource !== undefined && { requestSource }) };
    const made = { ...named, ...(replayOf !== undefined && { replayOf }), before, behind, bytes, anonymous };
    this.#senders.set(type, made);
    return made;
  }
}

/** What stands for `X-Request-Source` where the sender gave none. The first is the documented one. */
const SOURCES: Readonly<Record<ObjectKind, string>> = {
  person: 'Public API',
  customObject: 'Public API',
  event: 'Postback API',
};
const REPLAY = 'Replay';

function isAlike(known: Sender, request: Sender): boolean {
  return (
    known.clientId === request.clientId &&
    known.type === request.type &&
    known.kind === request.kind &&
    known.lane === request.lane &&
    known.requestSource === request.requestSource &&
    (known.replayOf === undefined) === (request.replayOf === undefined)
  );
}

function areEqual(a: Readonly<Decided>, b: Readonly<Decided>): boolean {
  return (
    a.created === b.created &&
    a.updated === b.updated &&
    a.stored === b.stored &&
    a.deleted === b.deleted &&
    a.failed === b.failed
  );
}
