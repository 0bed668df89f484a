/**
 * A REST write: into the log, through the applier, and back with each object's result.
 * Owns: the way there and back. Never: decides what becomes of an object.
 */
import type { Envelope } from '#model/entry.ts';
import type { ObjectResult } from '#model/fates.ts';
import type { JsonObject } from '#model/json.ts';
import type { UpsertAction } from '#model/upsert.ts';
import type { RequestId } from '#model/words.ts';
import { StoreError } from '#ports/store.ts';
import { QueryError } from '#ports/store-reader.ts';
import type { NotSubmitted, Submitted } from '#ports/submitting.ts';
import type { RestFault } from '#protocols/marketo-rest/envelope.ts';
import { restError } from '#protocols/marketo-rest/errors.ts';
import type { RestCall } from './rest-parts.ts';

const LANE = 'normal';

/** Objects of one request of the log: a body of the Data Ingestion API, and what it is to do. */
export interface ObjectsWrite {
  readonly target: { readonly kind: 'person' } | { readonly kind: 'customObject'; readonly apiName: string };
  readonly action: UpsertAction;
  /** Members of the body besides the objects. */
  readonly members: JsonObject;
  readonly objects: readonly JsonObject[];
}

export interface WrittenObjects {
  /** Absent when the log did not take it. */
  readonly requestId?: RequestId;
  /** By index. */
  readonly results: ReadonlyMap<number, ObjectResult>;
  /** What it means that an object has no result. */
  readonly absence: RestFault;
}

/**
 * Writes in the given order. Rejects with a {@link RestError}: 608 when the log takes nothing of it, 604 when the
 * results are not there in time, though they will be.
 */
export async function writeObjects(
  call: RestCall,
  writes: readonly ObjectsWrite[],
): Promise<readonly WrittenObjects[]> {
  const signal = AbortSignal.any([AbortSignal.timeout(call.parts.patienceMs), call.gone]);
  const submitted: (Submitted | NotSubmitted)[] = [];
  for (const write of writes) submitted.push(await submit(call, write));
  const [first] = submitted;
  if (first !== undefined && 'refused' in first) throw restError('608', first.refused, first.retryAfterSeconds);
  const written: WrittenObjects[] = [];
  for (const each of submitted) written.push('refused' in each ? NOT_TAKEN : await resultsOf(call, each, signal));
  return written;
}

function submit({ parts, client }: RestCall, write: ObjectsWrite): Promise<Submitted | NotSubmitted> {
  return parts.submitting.submit({
    workspace: client.workspace,
    lane: LANE,
    objects: write.objects.length,
    envelope: envelopeOf(client.clientId, write),
    body: bodyOf(write),
  });
}

function envelopeOf(clientId: string, { target, action }: ObjectsWrite): Envelope {
  return { ...target, clientId, answered: true, ...(action !== 'createOrUpdate' && { action }) };
}

function bodyOf({ target, members, objects }: ObjectsWrite): Uint8Array {
  const list = target.kind === 'person' ? { persons: objects } : { customObjects: objects };
  return new TextEncoder().encode(JSON.stringify({ ...members, ...list }));
}

async function resultsOf(
  { parts, client }: RestCall,
  { requestId, position }: Submitted,
  signal: AbortSignal,
): Promise<WrittenObjects> {
  try {
    await parts.applying.decided(client.workspace, LANE, position, signal);
    const results = await parts.reader.results(client.workspace, requestId);
    return { requestId, results: new Map(results.map((result) => [result.index, result])), absence: PENDING };
  } catch (error) {
    if (!signal.aborted && !(error instanceof StoreError) && !(error instanceof QueryError)) throw error;
    throw restError('604', `the request is durable and will be applied; its id is ${requestId}`);
  }
}

const PENDING: RestFault = {
  code: '713',
  message: 'Transient Error: the record is kept and will be tried again; X-Request-Id names its request',
};

const NOT_TAKEN: WrittenObjects = {
  results: new Map(),
  absence: { code: '713', message: 'Transient Error: the record was not taken; send it again' },
};
