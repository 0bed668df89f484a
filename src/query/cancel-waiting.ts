/** Ends the wait of a request's objects: a command goes through the log, in order with everything else. */
import { findRequest } from './find-request.ts';
import { DECISION_PATIENCE_MS } from './query-parts.ts';
import type { QueryParts } from './query-parts.ts';
import { shownRequest } from './request-answer.ts';
import { requestWithFates } from './request-fates.ts';
import type { RequestWithFates } from './request-fates.ts';
import { OPERATOR_ID, submitEntry } from './submit-entry.ts';
import type { Client, Permission } from '#model/definitions.ts';
import type { CommandEnvelope } from '#model/entry.ts';
import type { Lane, MunchkinId, ObjectKind, Position, RequestId } from '#model/words.ts';
import { Problem } from '#protocols/api/problems.ts';

export interface CancelCall {
  readonly requestId: string;
  /** Undefined when an operator calls. */
  readonly client: Client | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
}

export interface Cancelled {
  readonly request: RequestWithFates;
  /** Objects that waited and have failed since; undefined as long as the applier has not come to the command. */
  readonly ended?: number;
}

/**
 * Rejects with the problem `request-unknown`, `token-insufficient` when the client may not end waits of this request,
 * `log-unavailable`, or `unavailable` when the applier has not even come to the request itself in time.
 */
export async function cancelWaiting(
  parts: QueryParts,
  workspace: MunchkinId,
  { requestId, client, gone }: CancelCall,
): Promise<Cancelled> {
  const patience = AbortSignal.timeout(parts.decisionPatienceMs ?? DECISION_PATIENCE_MS);
  const signal = AbortSignal.any([patience, gone]);
  const found = await findRequest(parts, workspace, requestId);
  const before = shownRequest(found, parts.durability);
  if (client !== undefined) refuseForeign(client, before);
  const id = before.requestId;
  // The command must not overtake a request that lies in another lane: it would end nothing.
  if (found.at === 'log' && !(await isDecided(parts, { ...found.entry, signal }))) throw notYetDecided();
  const waiting = await now(parts, workspace, id);
  if (waiting.objects.pending === 0) return { request: waiting, ended: 0 };
  const lane = 'normal';
  const envelope = commandEnvelope(id, client);
  const submission = { workspace, lane, objects: 0, envelope, body: new Uint8Array() } as const;
  const { position } = await submitEntry(parts.submitting, submission);
  const isDone = await isDecided(parts, { workspace, lane, position, signal });
  const request = await now(parts, workspace, id);
  return isDone ? { request, ended: request.objects.failed - waiting.objects.failed } : { request };
}

function commandEnvelope(requestId: RequestId, client: Client | undefined): CommandEnvelope {
  return { kind: 'command', clientId: client?.clientId ?? OPERATOR_ID, command: 'cancel-waiting', requestId };
}

interface Place {
  readonly workspace: MunchkinId;
  readonly lane: Lane;
  readonly position: Position;
  readonly signal: AbortSignal;
}

/** Resolves with false when time was up first. */
async function isDecided(
  { applying }: Pick<QueryParts, 'applying'>,
  { workspace, lane, position, signal }: Place,
): Promise<boolean> {
  try {
    await applying.decided(workspace, lane, position, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

async function now(parts: QueryParts, workspace: MunchkinId, requestId: RequestId): Promise<RequestWithFates> {
  const found = await findRequest(parts, workspace, requestId);
  return requestWithFates(parts, workspace, { found, page: {} });
}

const PERMISSION_OF: Readonly<Record<ObjectKind, Permission | undefined>> = {
  person: 'Read-Write Lead',
  customObject: 'Read-Write Custom Object',
  // Write keys send events, and open nothing here.
  event: undefined,
};

function refuseForeign(
  { clientId, permissions }: Client,
  request: { readonly clientId: string; readonly kind: ObjectKind },
): void {
  if (request.clientId !== clientId) {
    throw new Problem('token-insufficient', 'A client ends the waits of its own requests; send an admin token.');
  }
  const permission = PERMISSION_OF[request.kind];
  if (permission !== undefined && permissions.includes(permission)) return;
  throw new Problem('token-insufficient', `The client lacks the permission ${permission ?? 'for events'}.`);
}

function notYetDecided(): Problem {
  const detail = 'The applier has not come to the request yet, so that nothing of it waits. Call again later.';
  return new Problem('unavailable', detail);
}
