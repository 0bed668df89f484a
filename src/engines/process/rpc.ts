/**
 * Calls between two processes over a message channel: ask, answer, cancel, tell.
 * Owns: the ids of open calls and how errors cross. Never: knows what is called.
 *
 *   { ask: id, method, args }   →      ← { answer: id, value } or { answer: id, error }
 *   { cancel: id }              →        the handler's signal aborts; it still answers
 *   { tell: topic, value }      ↔        no answer
 */
import { StoreError } from '#ports/store.ts';
import { QueryError } from '#ports/store-reader.ts';

/** One end of a channel that keeps the order of messages. */
export interface Channel {
  send(message: Message): void;
  onMessage(listener: (message: Message) => void): void;
}

export type Message =
  | { readonly ask: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly answer: number; readonly value?: unknown; readonly error?: CrossingError }
  | { readonly cancel: number }
  | { readonly tell: string; readonly value: unknown };

interface CrossingError {
  readonly name: string;
  readonly message: string;
  readonly reason?: string;
}

export type Handler = (args: readonly unknown[], signal: AbortSignal) => Promise<unknown>;

/** Answers the calls that arrive at `channel`. */
export function serveCalls(channel: Channel, handlers: ReadonlyMap<string, Handler>): void {
  const open = new Map<number, AbortController>();
  channel.onMessage((message) => {
    if ('cancel' in message) open.get(message.cancel)?.abort();
    if ('ask' in message) void answer(message, { channel, handlers, open });
  });
}

interface Serving {
  readonly channel: Channel;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly open: Map<number, AbortController>;
}

async function answer(
  call: { readonly ask: number; readonly method: string; readonly args: readonly unknown[] },
  serving: Serving,
): Promise<void> {
  const controller = new AbortController();
  serving.open.set(call.ask, controller);
  try {
    const handler = serving.handlers.get(call.method);
    if (handler === undefined) throw new Error(`no such call: ${call.method}`);
    serving.channel.send({ answer: call.ask, value: await handler(call.args, controller.signal) });
  } catch (error) {
    serving.channel.send({ answer: call.ask, error: pack(error) });
  } finally {
    serving.open.delete(call.ask);
  }
}

interface OpenCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Makes calls to the other end of a channel. */
export class Caller {
  readonly #channel: Channel;
  readonly #open = new Map<number, OpenCall>();
  readonly #topics = new Map<string, (value: unknown) => void>();
  #lastId = 0;
  #gone: Error | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.onMessage((message) => this.#receive(message));
  }

  /** Resolves with the handler's value, or rejects with its error. Aborting cancels the call over there. */
  call(method: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const cancel = (): void => this.#channel.send({ cancel: id });
    signal?.addEventListener('abort', cancel, { once: true });
    this.#open.set(id, { resolve, reject });
    this.#channel.send({ ask: id, method, args });
    if (signal?.aborted === true) cancel();
    return promise.finally(() => signal?.removeEventListener('abort', cancel));
  }

  tell(topic: string, value: unknown): void {
    this.#channel.send({ tell: topic, value });
  }

  /** What the other end tells. One listener a topic. */
  onTold(topic: string, listener: (value: unknown) => void): void {
    this.#topics.set(topic, listener);
  }

  /** The other end is gone: every open call fails with `error`, and every later one. */
  fail(error: Error): void {
    this.#gone = error;
    for (const call of this.#open.values()) call.reject(error);
    this.#open.clear();
  }

  #receive(message: Message): void {
    if ('tell' in message) this.#topics.get(message.tell)?.(message.value);
    if (!('answer' in message)) return;
    const call = this.#open.get(message.answer);
    this.#open.delete(message.answer);
    if (message.error === undefined) call?.resolve(message.value);
    else call?.reject(unpack(message.error));
  }
}

function pack(error: unknown): CrossingError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const reason = error instanceof QueryError || error instanceof StoreError ? error.reason : undefined;
  return { name: error.name, message: error.message, ...(reason === undefined ? {} : { reason }) };
}

/** The classes that callers tell apart come back as themselves. */
function unpack(error: CrossingError): Error {
  if (error.name === 'QueryError') return new QueryError(error.reason as QueryError['reason'], error.message);
  if (error.name === 'StoreError') return new StoreError(error.reason as StoreError['reason'], error.message);
  const copy = new Error(error.message);
  copy.name = error.name;
  return copy;
}
