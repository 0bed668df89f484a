/**
 * Sends what senders make, each over one connection of its own, one request after the other.
 * Owns: the connections. Never: judges; it enters what happened into the ledger.
 */
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '#cli/data-directory-files.ts';
import type { Workspace } from '../server/workspace.ts';
import type { Answered, Ledger, RequestContent } from './ledger.ts';
import type { Sender } from './senders.ts';

export interface LoadParts {
  readonly workspace: Workspace;
  readonly ledger: Ledger;
  readonly senders: readonly Sender[];
  /** Pause of a sender between an answer and its next request. */
  readonly thinkMs: number;
  /** After these statuses the entry may be there although it was refused (law 9). */
  readonly doubtfulStatuses?: readonly number[];
}

/** Sends until the signal aborts, or until the connection of a sender breaks. Resolves when nothing is under way. */
export async function sendUntil(parts: LoadParts, signal: AbortSignal): Promise<void> {
  await send(parts, () => !signal.aborted);
}

/** Sends so many requests of each sender. */
export async function sendEach(parts: LoadParts, count: number): Promise<void> {
  await send(parts, (sent) => sent < count);
}

async function send(parts: LoadParts, goesOn: (sent: number) => boolean): Promise<void> {
  const token = await parts.workspace.token();
  await Promise.all(parts.senders.map((sender) => sendAll(sender, { ...parts, token }, goesOn)));
}

interface Connected extends LoadParts {
  readonly token: string;
}

async function sendAll(sender: Sender, parts: Connected, goesOn: (sent: number) => boolean): Promise<void> {
  const { ledger, thinkMs, doubtfulStatuses = [] } = parts;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let sent = 0; goesOn(sent); sent += 1) {
      const content = sender.next();
      const record = ledger.sent(sender.name, content);
      const answer = await post(content, { credentials: parts.workspace.credentials, token: parts.token, agent });
      if (answer === undefined) return;
      ledger.answered(record, answer, doubtfulStatuses.includes(answer.status));
      if (thinkMs > 0) await sleep(thinkMs);
    }
  } finally {
    agent.destroy();
  }
}

interface Way {
  readonly credentials: Credentials;
  readonly token: string;
  readonly agent: Agent;
}

/** Undefined when the connection broke before a status line came. */
function post(content: RequestContent, { credentials, token, agent }: Way): Promise<Answered | undefined> {
  const headers = { ...headersOf(content, credentials, token), 'content-length': Buffer.byteLength(content.body) };
  return new Promise((resolve) => {
    const request = httpRequest(`${credentials.url}${pathOf(content, credentials)}`, {
      method: 'POST',
      agent,
      headers,
    });
    request.once('response', (response) => finish(response, resolve));
    request.once('error', () => resolve(undefined));
    request.end(content.body);
  });
}

// The status line is the promise; the rest is read so that the connection can be used again.
function finish(response: IncomingMessage, resolve: (answered: Answered) => void): void {
  const { statusCode = 0, headers } = response;
  response.resume();
  response.once('close', () => resolve({ status: statusCode, requestId: headers['x-request-id']?.toString() }));
}

function headersOf(content: RequestContent, { writeKey }: Credentials, token: string): Record<string, string> {
  const json = { 'content-type': 'application/json' };
  if (content.kind === 'event') return { ...json, 'x-td-write-key': writeKey };
  return { ...json, 'x-mkto-user-token': token, 'x-correlation-id': content.correlationId };
}

function pathOf(content: RequestContent, { munchkinId }: Credentials): string {
  if (content.kind === 'event') return `/postback/v3/event/${content.type.replace('.', '/')}`;
  const list = content.kind === 'person' ? 'persons' : `customobjects/${content.type}`;
  return `/subscriptions/${munchkinId}/${list}`;
}
