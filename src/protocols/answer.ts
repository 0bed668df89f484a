/**
 * An answer as a protocol words it.
 * Owns: the shape that every protocol room hands to the gateway. Never: touches a socket.
 */

/** The gateway adds `X-Request-Id` and `Content-Length`, and writes it. */
export interface Answer {
  readonly status: number;
  /** Name, value, name, value: the shape that node writes fastest. */
  readonly headers: readonly string[];
  readonly body: string | Uint8Array;
  /** Present when the request was turned away: what the log and the metrics say of it. Holds no secret. */
  readonly refusal?: Refusal;
}

export interface Refusal {
  /** A code of docs/reference/errors.md. */
  readonly code: string;
  readonly reason: string;
}

/** How loudly the log speaks of a refusal. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A row of an error catalogue. */
export interface ErrorEntry {
  readonly status: number;
  /** The documented text. */
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly logLevel: LogLevel;
}
