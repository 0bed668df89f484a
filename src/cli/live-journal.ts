/**
 * Follows the live stream of the journal (Server-Sent Events), over as many connections as it takes.
 * Owns: the place from which the next connection goes on, so that no event is missed and none comes twice.
 * Never: gives up on a server that was there once, unless it refuses.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { createParser } from 'eventsource-parser';
import type { EventSourceMessage } from 'eventsource-parser';

import { RefusedError } from './api-client.ts';
import type { ApiClient } from './api-client.ts';
import { CommandError, EXIT_CODES } from './exit-codes.ts';

export interface LiveEvent {
  readonly position: string;
  /** JSON text, as the journal keeps it. */
  readonly event: string;
}

export interface LiveRequest {
  readonly api: Pick<ApiClient, 'open'>;
  /** With the query that says what is wanted, and where the first connection begins. */
  readonly path: string;
  readonly stopped: AbortSignal;
  readonly remark: (text: string) => void;
}

/** The server gives a sign of life every 15 seconds: without one for so long the connection is dead. */
const DEAD_AFTER_MS = 45_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** Of one event that is not whole yet; the server's are far smaller (law 6). */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;

export class LiveJournal {
  readonly #request: LiveRequest;
  #place: string | undefined;
  #retryMs = FIRST_RETRY_MS;
  /** Connections that failed one after the other. */
  #failures = 0;
  #wasOpen = false;

  constructor(request: LiveRequest) {
    this.#request = request;
  }

  /** Behind which the next event comes, as far as it is known. */
  get place(): string | undefined {
    return this.#place;
  }

  /** Until it is stopped. Rejects with a {@link CommandError} when the server refuses, or was never there. */
  async *events(): AsyncGenerator<LiveEvent> {
    const { stopped, remark } = this.#request;
    while (!stopped.aborted) {
      try {
        yield* this.#connection();
      } catch (error) {
        if (!stopped.aborted && !this.#isPassing(error)) throw withRemedy(error);
      }
      if (stopped.aborted) return;
      if (this.#failures === 0) remark('The connection has ended; it is made again, and nothing is left out.');
      const waitMs = Math.min(this.#retryMs * 2 ** this.#failures, LONGEST_RETRY_MS);
      this.#failures += 1;
      await sleep(waitMs, undefined, { signal: stopped }).catch(() => undefined);
    }
  }

  #isPassing(error: unknown): boolean {
    if (!this.#wasOpen) return false;
    if (error instanceof RefusedError) return error.status >= 500 || error.status === 429;
    return !(error instanceof CommandError) || error.exitCode === EXIT_CODES.unreachable;
  }

  async *#connection(): AsyncGenerator<LiveEvent> {
    const { api, path, stopped } = this.#request;
    using life = new LifeWatch(stopped);
    const headers = {
      accept: 'text/event-stream',
      ...(this.#place !== undefined && { 'last-event-id': this.#place }),
    };
    const body = await api.open(path, { headers, signal: life.signal });
    this.#wasOpen = true;
    const arrived: EventSourceMessage[] = [];
    const parser = createParser({
      onEvent: (message) => void arrived.push(message),
      // A place comes without an event too, when there is nothing to tell.
      onId: (id) => arrived.push({ id, data: '' }),
      onRetry: (ms) => void (this.#retryMs = ms),
      maxBufferSize: MAX_EVENT_CHARACTERS,
    });
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      life.beat();
      parser.feed(decoder.decode(chunk, { stream: true }));
      for (const { id, event, data } of arrived.splice(0)) {
        this.#failures = 0;
        if (event === 'expired') throw expired(data);
        if (data !== '') yield { position: id ?? '', event: data };
        this.#place = id ?? this.#place;
      }
    }
  }
}

const REMEDY = 'Begin with --since oldest, or with --from.';
const GONE = 410;

function withRemedy(error: unknown): unknown {
  if (!(error instanceof RefusedError) || error.status !== GONE) return error;
  return new CommandError(EXIT_CODES.failed, `${error.message} ${REMEDY}`);
}

function expired(data: string): CommandError {
  const { message = data } = JSON.parse(data) as { message?: string };
  return new CommandError(EXIT_CODES.failed, `${message} ${REMEDY}`);
}

/** Aborts when nothing came for too long, or the command is to stop. */
class LifeWatch implements Disposable {
  readonly signal: AbortSignal;
  readonly #dead = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(stopped: AbortSignal) {
    this.signal = AbortSignal.any([stopped, this.#dead.signal]);
    this.beat();
  }

  beat(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#dead.abort(), DEAD_AFTER_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
