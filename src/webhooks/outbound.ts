/**
 * One webhook's requests to its receiver.
 * Owns: its connections, the time that a request may take, and how much of an answer is read.
 * Never: follows a redirect, which could lead to an address that is refused, or judges an answer.
 */
import { Agent } from 'undici';
import type { Clock } from '#ports/clock.ts';
import { AddressRefused } from './address-guard.ts';
import type { AddressGuard } from './address-guard.ts';
import type { Slots } from './slots.ts';
import { TimeLimit } from './time-limit.ts';

/** From the first step of the connection to the end of the answer. */
export const TIMEOUT_MS = 10_000;

/** Of an answer's body that are kept for its trace. */
export const KEPT_BYTES = 2_048;

/** A longer body is not read to its end. */
const MAX_ANSWER_BYTES = 65_536;
const MAX_HEADER_BYTES = 16_384;
const MAX_CONNECTIONS = 4;

export interface OutboundCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Its first {@link KEPT_BYTES}. */
  readonly body: string;
  readonly bodyIsCut: boolean;
}

/** What came of a call. */
export interface Called {
  readonly durationMs: number;
  readonly answer?: OutboundAnswer;
  /** Why there was no whole answer, fit for the operator. */
  readonly fault?: string;
}

export interface OutboundParts {
  readonly clock: Clock;
  readonly guard: AddressGuard;
  /** Of all webhooks together, by workspace. */
  readonly slots: Slots;
  readonly workspace: string;
}

export class Outbound implements AsyncDisposable {
  readonly #parts: OutboundParts;
  readonly #agent: Agent;

  constructor(parts: OutboundParts) {
    this.#parts = parts;
    this.#agent = new Agent({
      connections: MAX_CONNECTIONS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // The deadline of the whole is the caller's clock's.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: parts.guard.connector({ allowH2: false, timeout: TIMEOUT_MS }),
    });
  }

  /** Rejects only when `signal` has aborted. */
  call(call: OutboundCall, signal: AbortSignal): Promise<Called> {
    const { slots, workspace } = this.#parts;
    return slots.run(workspace, signal, () => this.#inTime(call, signal));
  }

  /** Ends what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  async #inTime(call: OutboundCall, signal: AbortSignal): Promise<Called> {
    const { clock } = this.#parts;
    const begun = clock.monotonic();
    using deadline = new TimeLimit(clock, TIMEOUT_MS);
    try {
      const answer = await this.#answerTo(call, AbortSignal.any([signal, deadline.signal]));
      return { durationMs: clock.monotonic() - begun, answer };
    } catch (error) {
      signal.throwIfAborted();
      const fault = deadline.signal.aborted ? `timeout after ${TIMEOUT_MS / 1000} s` : faultOf(error);
      return { durationMs: clock.monotonic() - begun, fault };
    }
  }

  async #answerTo({ method, url, headers, body }: OutboundCall, signal: AbortSignal): Promise<OutboundAnswer> {
    const { origin, pathname, search } = new URL(url);
    const answer = await this.#agent.request({
      origin,
      path: pathname + search,
      method,
      headers: { ...headers },
      body: body ?? null,
      signal,
    });
    const read = await readStart(answer.body);
    return { status: answer.statusCode, headers: shownHeaders(answer.headers), ...read };
  }
}

async function readStart(body: AsyncIterable<Buffer>): Promise<Pick<OutboundAnswer, 'body' | 'bodyIsCut'>> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (bytes < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - bytes));
    bytes += chunk.byteLength;
    // To leave the loop ends the connection.
    if (bytes > MAX_ANSWER_BYTES) break;
  }
  return { body: Buffer.concat(kept).toString(), bodyIsCut: bytes > KEPT_BYTES };
}

/** A trace is no place for a megabyte of headers (law 6). */
const SHOWN_HEADERS = 50;
const SHOWN_VALUE_LENGTH = 512;

function shownHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).slice(0, SHOWN_HEADERS);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value).slice(0, SHOWN_VALUE_LENGTH)]));
}

const TRUST = 'NODE_EXTRA_CA_CERTS names a file of certificates that the server trusts besides';
const UNTRUSTED = `the receiver's certificate comes from no authority that is trusted, or without its chain; ${TRUST}`;

const FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection ended before the answer was whole',
  EPIPE: 'connection ended before the answer was whole',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be resolved at the moment',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'timeout of the connection',
  UND_ERR_CONNECT_TIMEOUT: 'timeout of the connection',
  UND_ERR_SOCKET: 'connection ended before the answer was whole',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
  DEPTH_ZERO_SELF_SIGNED_CERT: `the receiver's certificate is self-signed; ${TRUST}`,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_HAS_EXPIRED: "the receiver's certificate has expired",
  CERT_NOT_YET_VALID: "the receiver's certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "the receiver's certificate is for another name",
  ERR_SSL_WRONG_VERSION_NUMBER: 'the receiver does not speak https on this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the receiver does not speak https on this port',
};

function faultOf(error: unknown): string {
  // Several addresses were tried, and each failed.
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (cause instanceof AddressRefused) return `address refused: ${cause.message}`;
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return FAULTS[code] ?? (code === '' ? message : `${code}: ${message}`);
}
