/**
 * Takes an event that stands in the query: a pixel, or a plain GET.
 * Owns: what is stored of it, and whether the browser is sent on. Never: reads a body.
 */
import { redirectTarget, redirectTo, queryEvent } from '#protocols/postback/pixel.ts';
import { checkDatabase, refuseNoRoom } from './collection-case.ts';
import type { KeyedCase } from './collection-case.ts';
import { appendEvents } from './collection-entry.ts';
import { globalIdOf } from './global-id.ts';
import type { Outcome } from './state.ts';

export async function serveQueryEvent(given: KeyedCase): Promise<Outcome> {
  const { exchange, state, query, success, sentKey } = given;
  // Whoever asks for the head alone has not seen what a pixel counts.
  if (exchange.request.method === 'HEAD') return success;
  const refusal = await checkDatabase(given);
  if (refusal !== undefined) return refusal;
  const text = queryEvent(query, sentKey);
  const appended = await appendEvents(given, { format: 'json', events: 1, text, body: Buffer.from(text) });
  if (typeof appended !== 'number') return refuseNoRoom(appended);
  const { redirectHosts: hosts = [] } = state.parts.options;
  const target = redirectTarget(query, { hosts, globalId: () => globalIdOf(exchange) });
  return target === undefined ? success : redirectTo(target);
}
