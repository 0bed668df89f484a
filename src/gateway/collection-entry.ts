/**
 * Events on their way into the log: one entry for each table.
 * Owns: what an entry's envelope says of its sender. Never: looks into an event, or answers.
 */
import type { EventEnvelope, NewEntry } from '#model/entry.ts';
import type { Position, RequestId } from '#model/words.ts';
import type { KeyedCase } from './collection-case.ts';
import { traceOf } from './exchange.ts';
import { globalIdOf } from './global-id.ts';
import type { NoRoom } from './intake.ts';
import { headerText, senderAddress } from './sender.ts';

/** Checked events of one table. */
export interface NewEvents {
  readonly format: EventEnvelope['format'];
  readonly events: number;
  readonly text: string;
  /** Of `text`, in UTF-8. */
  readonly body: Uint8Array;
  /** See {@link EventEnvelope}. */
  readonly idKey?: string;
  readonly idempotencyKey?: string | undefined;
  readonly keyedBy?: 'uuid';
}

/** An entry that is not the first of its request: its own id, and the request's. */
export interface FurtherEntry {
  readonly requestId: RequestId;
  readonly correlationId: RequestId;
}

/** Resolves with its position once the entry is durable (law 1), or with why it was not taken. */
export async function appendEvents(
  given: KeyedCase,
  events: NewEvents,
  further?: FurtherEntry,
): Promise<Position | NoRoom> {
  const { exchange, state, writeKey } = given;
  const noRoom = state.intake.noRoom();
  if (noRoom !== undefined) return noRoom;
  const entry: NewEntry = {
    workspace: writeKey.workspace,
    lane: 'events',
    requestId: further?.requestId ?? exchange.requestId,
    acceptedAt: state.parts.clock.now(),
    objects: events.events,
    envelope: envelopeOf(given, events, further?.correlationId),
    body: events.body,
  };
  return state.intake.append(entry, exchange.span);
}

/** As a value, in JSON or in a form. */
const GLOBAL_ID = /[:=]\s*"?td_global_id\b/;

/** Its first letter is rare: a text without it is passed over several times as fast as by `td_` or by GLOBAL_ID. */
const PART_OF_GLOBAL_ID = 'bal_id';

function envelopeOf(
  { exchange, state, writeKey, database, table }: KeyedCase,
  { format, text: sent, idKey, idempotencyKey, keyedBy }: NewEvents,
  correlationId: string | undefined,
): EventEnvelope {
  const { request } = exchange;
  const trace = traceOf(exchange);
  const text = withoutEscapedLetters(sent);
  // A placeholder such as "td_ip" can only be filled in when the body has one.
  const placeholders = text.includes('td_');
  const ip = placeholders ? senderAddress(request, state.parts.options.trustProxy) : undefined;
  const userAgent = placeholders ? headerText(request, 'user-agent') : undefined;
  const globalId = asksForGlobalId(text) ? globalIdOf(exchange) : undefined;
  return {
    kind: 'event',
    clientId: writeKey.id,
    database,
    table,
    format,
    ...(ip !== undefined && { ip }),
    ...(userAgent !== undefined && { userAgent }),
    ...(globalId !== undefined && { globalId }),
    ...(idKey !== undefined && { idKey }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(keyedBy !== undefined && { keyedBy }),
    ...(correlationId !== undefined && { correlationId }),
    ...(trace !== undefined && { traceparent: trace }),
  };
}

function asksForGlobalId(text: string): boolean {
  return text.includes(PART_OF_GLOBAL_ID) && GLOBAL_ID.test(text);
}

// JSON may write any character as an escape, those of a placeholder too.
function withoutEscapedLetters(text: string): string {
  if (!text.includes('\\u00')) return text;
  return text.replaceAll(/\\u00([2-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
