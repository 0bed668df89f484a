/**
 * What is known of the requests of a history: who sent each, and which fields of the object, while the log keeps it.
 * Owns: how much of the log is read for one page (law 6). Never: shows values.
 */
import type { PlacedFate } from './history.ts';
import type { QueryParts } from './query-parts.ts';
import { priorityOf } from './request-answer.ts';
import type { ShownRequest } from './request-answer.ts';
import type { FailureRef } from '#model/fates.ts';
import { isJsonObject, JsonError, parseJson } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';
import type { Lane, MunchkinId, RequestId } from '#model/words.ts';
import { decodeRequest, isRequest, UnreadableError } from '#protocols/entry-objects.ts';
import type { DecodedRequest, RequestEntry } from '#protocols/entry-objects.ts';

/** Bodies that are read for one page. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Time that one page takes of a long log; it ends early then, behind one item at least. */
const MAX_READ_MS = 1_000;

/** Of one item of a history, besides the fate. */
export interface SentObject extends Partial<Sender> {
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  /** Of a replay: the failed object that it tried again. */
  readonly replays?: FailureRef;
  /** Names, in the order in which they were sent. */
  readonly fields?: readonly string[];
  /** Instead of the names. `forgotten`: the log does not keep the request any more. */
  readonly fieldsUnavailable?: 'forgotten' | 'unreadable';
}

/** As in {@link ShownRequest}. */
type Sender = Pick<ShownRequest, 'clientId' | 'priority' | 'correlationId' | 'requestSource'>;

interface KnownRequest {
  readonly sender: Sender;
  readonly acceptedAt: number;
  /** What its entry holds; absent when it was not looked for, or the log has it no more. */
  readonly decoded?: DecodedRequest | 'unreadable';
}

type Parts = Pick<QueryParts, 'reader' | 'intake' | 'clock'>;

export class SentObjects {
  readonly #parts: Parts;
  readonly #workspace: MunchkinId;
  readonly #until: number;
  #bytes = 0;
  #last: { readonly name: string; readonly request: KnownRequest | undefined } | undefined;

  constructor(parts: Parts, workspace: MunchkinId) {
    this.#parts = parts;
    this.#workspace = workspace;
    this.#until = parts.clock.monotonic() + MAX_READ_MS;
  }

  /** True once a page has read as much of the log as it may. */
  get isSpent(): boolean {
    return this.#bytes > MAX_BODY_BYTES || this.#parts.clock.monotonic() >= this.#until;
  }

  /** Undefined: the request was forgotten between two readings, and its fate with it. */
  async of({ requestId, index, sent }: PlacedFate): Promise<SentObject | undefined> {
    if (sent !== undefined) {
      const sender = await this.#request(requestId, 'store');
      return { ...sender?.sender, acceptedAt: sent.acceptedAt, ...fieldsOf(parsed(sent.object)) };
    }
    const request = await this.#request(requestId, 'log');
    if (request === undefined) return undefined;
    const { sender, acceptedAt, decoded } = request;
    return { ...sender, acceptedAt, ...(await this.#fields(decoded, index)) };
  }

  async #fields(decoded: KnownRequest['decoded'], index: number): Promise<SentFields> {
    if (decoded === undefined) return { fieldsUnavailable: 'forgotten' };
    if (decoded === 'unreadable') return { fieldsUnavailable: 'unreadable' };
    if (decoded.kind !== 'replay') return fieldsOf(decoded.objects[index]);
    const replays = decoded.refs[index];
    return replays === undefined ? fieldsOf(undefined) : { replays, ...fieldsOf(await this.#replayed(replays)) };
  }

  /** The quarantine keeps what a replay tries again. */
  async #replayed({ requestId, index }: FailureRef): Promise<JsonValue | undefined> {
    const place = { requestId, after: { requestId, index: index - 1 }, limit: 1 };
    const [failure] = await this.#parts.reader.failures(this.#workspace, place);
    if (failure?.index !== index) return undefined;
    this.#bytes += Buffer.byteLength(failure.object);
    return parsed(failure.object);
  }

  /** From the log, with its objects, while it keeps it; else from the store. Neighbours are often of one request. */
  async #request(requestId: RequestId, first: 'log' | 'store'): Promise<KnownRequest | undefined> {
    const name = `${requestId} ${first}`;
    if (this.#last?.name === name) return this.#last.request;
    const inLog = first === 'log' ? await this.#inLog(requestId) : undefined;
    const request = inLog ?? (await this.#inStore(requestId));
    this.#last = { name, request };
    return request;
  }

  async #inLog(requestId: RequestId): Promise<KnownRequest | undefined> {
    // The log is read, and its bodies are taken apart, on this thread: those who send have their turn in between.
    await new Promise(setImmediate);
    const entry = await this.#parts.intake.find(this.#workspace, requestId);
    if (entry === undefined || !isRequest(entry)) return undefined;
    this.#bytes += entry.body.byteLength;
    const { envelope, lane, acceptedAt } = entry;
    return { sender: senderOf({ ...envelope, lane }), acceptedAt, decoded: decoded(entry) };
  }

  async #inStore(requestId: RequestId): Promise<KnownRequest | undefined> {
    const record = await this.#parts.reader.request(this.#workspace, requestId);
    return record && { sender: senderOf(record), acceptedAt: record.acceptedAt };
  }
}

type SentFields = Pick<SentObject, 'replays' | 'fields' | 'fieldsUnavailable'>;

function fieldsOf(object: JsonValue | undefined): SentFields {
  const isKnown = object !== undefined && isJsonObject(object);
  return isKnown ? { fields: Object.keys(object) } : { fieldsUnavailable: 'unreadable' };
}

function parsed(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** Law 5: an entry whose bytes were changed is no fault of the one who asks. */
function decoded(entry: RequestEntry): DecodedRequest | 'unreadable' {
  try {
    return decodeRequest(entry);
  } catch (error) {
    if (error instanceof UnreadableError) return 'unreadable';
    throw error;
  }
}

interface Sent {
  readonly clientId: string;
  readonly lane: Lane;
  readonly correlationId?: string;
  readonly requestSource?: string;
}

function senderOf({ clientId, lane, correlationId, requestSource }: Sent): Sender {
  return {
    clientId,
    priority: priorityOf(lane),
    ...(correlationId !== undefined && { correlationId }),
    ...(requestSource !== undefined && { requestSource }),
  };
}
