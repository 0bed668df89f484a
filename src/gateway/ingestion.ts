/**
 * Serves the Data Ingestion API: admits a request of persons or custom objects and appends it.
 * Owns: the order of its checks. Never: looks into an object; what becomes of it is the applier's to decide.
 */
import { must } from '#kit/assert.ts';
import type { CustomObjectsEnvelope, NewEntry, PersonsEnvelope } from '#model/entry.ts';
import type { Position } from '#model/words.ts';
import type { Answer } from '#protocols/answer.ts';
import { refuseIngestion } from '#protocols/ingestion/errors.ts';
import { readBody } from './body/read-body.ts';
import type { BodyFault } from './body/read-body.ts';
import { traceOf } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { admitBody } from './ingestion-body.ts';
import type { AdmittedBody } from './ingestion-body.ts';
import { fieldsPlace } from './ingestion-case.ts';
import type { HeadedCase, IngestionCase } from './ingestion-case.ts';
import { makeNewFields } from './ingestion-fields.ts';
import { HEAD_CHECKS } from './ingestion-head.ts';
import { accept, refuseQuota } from './ingestion-limits.ts';
import type { NoRoom } from './intake.ts';
import type { Route } from './routes.ts';
import { headerText } from './sender.ts';
import { firstRefusal } from './state.ts';
import type { GatewayState, Outcome } from './state.ts';

export async function serveIngestion(
  exchange: Exchange,
  route: Extract<Route, { protocol: 'ingestion' }>,
  state: GatewayState,
): Promise<Outcome> {
  const given: IngestionCase = { exchange, state, route };
  const refusal = firstRefusal(HEAD_CHECKS, given);
  if (refusal !== undefined) return refusal;
  using share = state.bodyMemory.share();
  const { maxRequestBytes } = state.parts.options;
  const body = await readBody(exchange.request, maxRequestBytes, share);
  if (typeof body === 'string') return bodyOutcome(body, maxRequestBytes);
  const admitted = admitBody(given as HeadedCase, body);
  if ('refusal' in admitted) return admitted.refusal;
  // Awaited here, so that the body's memory counts until the log has it.
  return await withinQuota(given as HeadedCase, body, admitted);
}

// Row 10: what is reserved is given back unless the log took the entry, whatever went wrong.
async function withinQuota(given: HeadedCase, body: Uint8Array, admitted: AdmittedBody): Promise<Answer> {
  const { state, client } = given;
  const { quota, intake, parts } = state;
  // The first request of a day asks the log how much of it is used, which a log that has failed does not answer.
  const reserved = await quota
    .reserve(client.workspace, admitted.objects, parts.clock.now())
    .catch((error: unknown) => intake.refusalOf(error));
  if ('reason' in reserved) return refuseNoRoom(reserved);
  if ('retryAfterSeconds' in reserved) return refuseQuota(state, client, reserved);
  let isTaken = false;
  try {
    const appended = await append(given, newEntry(given, body, admitted), { ...admitted, day: reserved.day });
    isTaken = typeof appended === 'number';
    if (typeof appended !== 'number') return refuseNoRoom(appended);
  } finally {
    if (isTaken) quota.keep(reserved);
    else quota.release(reserved);
  }
  return accept(state, client);
}

// Row 11.
async function append(
  given: HeadedCase,
  entry: NewEntry,
  { newPartition, objectsWithNewFields, day }: AdmittedBody & { readonly day: string },
): Promise<Position | NoRoom> {
  const { state, client } = given;
  const noRoom = state.intake.noRoom();
  if (noRoom !== undefined) return noRoom;
  // Before the entry, so that no applier meets a partition or a field that is not defined.
  if (newPartition !== undefined) await state.parts.control.addPartition(client.workspace, newPartition);
  if (objectsWithNewFields !== undefined) await makeNewFields(state.parts, fieldsPlace(given), objectsWithNewFields);
  return state.intake.append(entry, given.exchange.span, day);
}

function newEntry(given: HeadedCase, body: Uint8Array, { lane, objects }: AdmittedBody): NewEntry {
  const { exchange, state, client } = given;
  return {
    workspace: client.workspace,
    lane,
    requestId: exchange.requestId,
    acceptedAt: state.parts.clock.now(),
    objects,
    envelope: envelopeOf(given),
    body,
  };
}

function envelopeOf(given: HeadedCase): PersonsEnvelope | CustomObjectsEnvelope {
  const {
    exchange,
    client: { clientId },
    path,
  } = given;
  const { request } = exchange;
  const correlationId = headerText(request, 'x-correlation-id');
  const requestSource = headerText(request, 'x-request-source');
  const trace = traceOf(exchange);
  const common = {
    clientId,
    ...(correlationId !== undefined && { correlationId }),
    ...(requestSource !== undefined && { requestSource }),
    ...(trace !== undefined && { traceparent: trace }),
  };
  if (path.kind === 'person') return { kind: 'person', ...common };
  return { kind: 'customObject', apiName: must(given.type, 'the type has been found').apiName, ...common };
}

function refuseNoRoom({ reason, retryAfterSeconds }: NoRoom): Answer {
  return refuseIngestion('5030801', { reason, headers: ['Retry-After', String(retryAfterSeconds)] });
}

function bodyOutcome(fault: BodyFault, maxBytes: number): Outcome {
  switch (fault) {
    case 'gone':
      return 'gone';
    case 'too-large':
      return badBody(`the body is larger than ${maxBytes} bytes`);
    case 'unknown-coding':
      return badBody('Content-Encoding must be gzip, deflate, br or zstd');
    case 'broken-coding':
      return badBody('the body cannot be inflated');
    case 'no-memory':
      return refuseNoRoom({ reason: 'too many bodies are being read', retryAfterSeconds: 1 });
  }
}

function badBody(reason: string): Answer {
  return refuseIngestion('4000801', { reason });
}
