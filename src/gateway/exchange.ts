/**
 * One request and its answer.
 * Owns: the request's id, and how an answer is written. Never: decides what is answered.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { crashPoint } from '#kit/crash-point.ts';
import { readTraceparent } from '#model/traceparent.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { Answer } from '#protocols/answer.ts';
import type { Protocol } from '#telemetry/events.ts';
import type { RequestSpan } from '#telemetry/tracing.ts';
import type { GatewayParts } from './parts.ts';
import { answerAndDiscard, discardsByItself } from './unread-body.ts';

/** What the metrics call an exchange whose sender went away before its answer; the convention of nginx. */
const SENDER_GONE_STATUS = 499;

export interface Exchange {
  readonly parts: GatewayParts;
  readonly protocol: Protocol;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: RequestId;
  /** Of the monotonic clock. */
  readonly startedMs: number;
  /** Known once a credential has named it. */
  workspace?: MunchkinId;
  /** Of the browser, once an event or a call has asked for it. */
  globalId?: string;
  /** What the answer carries besides its own headers, whatever it is. */
  moreHeaders?: readonly string[];
  /** While tracing is on. */
  span?: RequestSpan;
}

export function addHeaders(exchange: Exchange, headers: readonly string[]): void {
  exchange.moreHeaders = exchange.moreHeaders === undefined ? headers : [...exchange.moreHeaders, ...headers];
}

export function beginExchange(
  parts: GatewayParts,
  protocol: Protocol,
  { request, response }: Pick<Exchange, 'request' | 'response'>,
): Exchange {
  const startedMs = parts.clock.monotonic();
  return { parts, protocol, request, response, requestId: parts.newRequestId(), startedMs };
}

/** The trace context for the envelopes of the request: of its span, or of its sender where tracing is off. */
export function traceOf({ request, span }: Exchange): string | undefined {
  return span === undefined ? readTraceparent(request.headers['traceparent']) : span.traceparent;
}

/** Writes the answer, with `X-Request-Id` as on every one. Does nothing when one has been written already. */
export function writeAnswer(exchange: Exchange, answer: Answer): void {
  const { request, response } = exchange;
  if (response.headersSent) return;
  if (response.destroyed) {
    senderGone(exchange);
    return;
  }
  const headers = headersOf(exchange, answer);
  if (discardsByItself(request)) {
    response.writeHead(answer.status, headers);
    response.end(answer.body);
  } else {
    answerAndDiscard(request, response, { ...answer, headers });
  }
  if (answer.refusal === undefined) crashPoint('gateway.after-answer');
  report(exchange, answer);
}

function headersOf({ requestId, moreHeaders }: Exchange, answer: Answer): string[] {
  const headers = [...answer.headers];
  // An answer that has no content has no length either (RFC 9110, section 8.6).
  if (answer.status !== 204) headers.push('Content-Length', String(Buffer.byteLength(answer.body)));
  headers.push('X-Request-Id', requestId);
  if (moreHeaders !== undefined) headers.push(...moreHeaders);
  return headers;
}

/** The sender closed the connection before its request was whole: nobody is left to answer. */
export function senderGone(exchange: Exchange): void {
  reportAnswered(exchange, SENDER_GONE_STATUS);
  exchange.span?.end({ workspace: exchange.workspace });
}

function report(exchange: Exchange, answer: Answer): void {
  const { parts, protocol, requestId, workspace, span } = exchange;
  reportAnswered(exchange, answer.status);
  span?.end({ status: answer.status, workspace, code: answer.refusal?.code });
  if (answer.refusal === undefined) return;
  parts.events.requestRefused({
    protocol,
    requestId,
    status: answer.status,
    ...answer.refusal,
    ...(workspace !== undefined && { workspace }),
  });
}

function reportAnswered(exchange: Exchange, status: number): void {
  const { parts, protocol, startedMs } = exchange;
  parts.events.requestAnswered({ protocol, status, seconds: (parts.clock.monotonic() - startedMs) / 1000 });
}
