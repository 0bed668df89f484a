/**
 * The gateway: takes the requests of the collection routes, straight from node's HTTP server.
 * Owns: every request from its first byte to its answer. Never: reads a store, or says yes before the log has it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { unreachable } from '#kit/assert.ts';
import { readTraceparent } from '#model/traceparent.ts';
import type { MunchkinId } from '#model/words.ts';
import { ControlUnavailable } from '#ports/control.ts';
import type { NotSubmitted, Submission, Submitted, Submitting } from '#ports/submitting.ts';
import type { Answer } from '#protocols/answer.ts';
import { refuseIdentity } from '#protocols/identity/token-request.ts';
import { refuseIngestion } from '#protocols/ingestion/errors.ts';
import { crossOriginHeaders, preflight } from '#protocols/postback/cors.ts';
import { refusePostback } from '#protocols/postback/errors.ts';
import { addHeaders, beginExchange, senderGone, writeAnswer } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { serveIdentity } from './identity.ts';
import { serveIngestion } from './ingestion.ts';
import type { GatewayParts } from './parts.ts';
import { servePostback } from './postback.ts';
import { serveRecords } from './records.ts';
import { isCrossOrigin, routeOf } from './routes.ts';
import type { Route } from './routes.ts';
import { routeTemplate } from './route-template.ts';
import { createGatewayState } from './state.ts';
import type { GatewayState, Outcome } from './state.ts';
import { submit } from './submit.ts';
import { serveTdJs } from './td-js.ts';
import { serveTdMobile } from './td-mobile.ts';

export interface Gateway extends Submitting {
  /** True when the path is a collection route, which is then served. False leaves it to others. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** From now on every request is refused with 503. Resolves once those that were under way are answered. */
  drain(): Promise<void>;
  /** Objects that the workspace may still send today through the Data Ingestion API. Rejects as the log does. */
  remainingQuota(workspace: MunchkinId): Promise<number>;
  /** Why entries are refused at the moment; undefined while they are taken. */
  refusing(): string | undefined;
}

/** Throws a RangeError when the quota's time zone is unknown. */
export function createGateway(parts: GatewayParts): Gateway {
  return new HttpGateway(createGatewayState(parts));
}

class HttpGateway implements Gateway {
  readonly #state: GatewayState;
  #underWay = 0;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(state: GatewayState) {
    this.#state = state;
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const route = routeOf(request.url ?? '', request);
    if (route === undefined) return false;
    const exchange = beginExchange(this.#state.parts, route.protocol, { request, response });
    const { origin } = request.headers;
    this.#beginSpan(exchange, route);
    if (origin !== undefined && isCrossOrigin(route)) addHeaders(exchange, crossOriginHeaders(origin));
    if (this.#drained !== undefined) writeAnswer(exchange, refuseWhileStopping(route.protocol));
    else void this.#serve(exchange, route);
    return true;
  }

  drain(): Promise<void> {
    this.#drained ??= Promise.withResolvers();
    if (this.#underWay === 0) this.#drained.resolve();
    return this.#drained.promise;
  }

  refusing(): string | undefined {
    return this.#drained === undefined ? this.#state.intake.noRoom()?.reason : 'the server is stopping';
  }

  remainingQuota(workspace: MunchkinId): Promise<number> {
    return this.#state.quota.remaining(workspace, this.#state.parts.clock.now());
  }

  async submit(submission: Submission): Promise<Submitted | NotSubmitted> {
    if (this.#drained !== undefined) return { refused: 'the server is stopping', retryAfterSeconds: 5 };
    this.#underWay += 1;
    try {
      return await submit(this.#state, submission);
    } finally {
      this.#left();
    }
  }

  async #serve(exchange: Exchange, route: Route): Promise<void> {
    this.#underWay += 1;
    try {
      const outcome = await serveRoute(exchange, route, this.#state);
      if (outcome === 'gone') senderGone(exchange);
      else writeAnswer(exchange, outcome);
    } catch (error) {
      this.#fail(exchange, error);
    } finally {
      this.#left();
    }
  }

  #beginSpan(exchange: Exchange, route: Route): void {
    const { tracing } = this.#state.parts;
    if (tracing === undefined) return;
    const { requestId, request } = exchange;
    const traceparent = readTraceparent(request.headers['traceparent']);
    exchange.span = tracing.beginRequest({
      requestId,
      method: request.method ?? '',
      route: routeTemplate(route),
      traceparent,
    });
  }

  #left(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#drained?.resolve();
  }

  // The cause goes to the log and never into the answer.
  #fail(exchange: Exchange, error: unknown): void {
    const { requestId, workspace, protocol } = exchange;
    if (error instanceof ControlUnavailable) {
      writeAnswer(exchange, refuseUnavailable(protocol, 'definitions cannot be stored now', ['Retry-After', '2']));
      return;
    }
    const where = `gateway.${protocol}`;
    this.#state.parts.events.internalFault(error, { where, requestId, ...(workspace && { workspace }) });
    writeAnswer(exchange, refuseForFault(exchange.protocol));
  }
}

function serveRoute(exchange: Exchange, route: Route, state: GatewayState): Promise<Outcome> {
  const { request } = exchange;
  if (request.method === 'OPTIONS' && isCrossOrigin(route)) {
    return Promise.resolve(preflight(request.headers['access-control-request-headers']));
  }
  switch (route.protocol) {
    case 'postback':
      return servePostback(exchange, route, state);
    case 'records':
      return serveRecords(exchange, route, state);
    case 'td-js':
      return serveTdJs(exchange, route, state);
    case 'td-mobile':
      return serveTdMobile(exchange, route, state);
    case 'ingestion':
      return serveIngestion(exchange, route, state);
    case 'identity':
      return serveIdentity(exchange, route, state);
    default:
      return unreachable(route);
  }
}

function refuseForFault(protocol: Exchange['protocol']): Answer {
  if (protocol === 'ingestion') return refuseIngestion('5000801');
  return protocol === 'identity' ? refuseIdentity('server_error') : refusePostback('InternalServerError');
}

// A sender that keeps its connection alive would otherwise hold the server open.
function refuseWhileStopping(protocol: Exchange['protocol']): Answer {
  return refuseUnavailable(protocol, 'the server is stopping', ['Retry-After', '5', 'Connection', 'close']);
}

function refuseUnavailable(protocol: Exchange['protocol'], reason: string, headers: readonly string[]): Answer {
  if (protocol === 'ingestion') return refuseIngestion('5030801', { reason, headers });
  return protocol === 'identity'
    ? refuseIdentity('temporarily_unavailable', reason, headers)
    : refusePostback('ServiceUnavailable', reason, headers);
}
