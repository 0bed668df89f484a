/**
 * Imports: a stream of records → entries of the log, all of them or none.
 * Owns: the way of one import, and that an id is imported once. Never: decodes a record.
 *
 * ```
 *  body ─► inflate ─► decode ─► spool on disk ──whole──► log, entry by entry ─► answer
 *              a fault up to here leaves nothing          an id goes on where a crash left it
 * ```
 */
import type { ImportName } from '#model/import-mark.ts';
import type { RequestId } from '#model/words.ts';
import { tdError } from '#protocols/td-rest/errors.ts';
import { importChunks } from '#protocols/td-rest/import-chunks.ts';
import type { ImportChunk } from '#protocols/td-rest/import-chunks.ts';
import { ImportBody } from './import-body.ts';
import { entriesInLog, entryName } from './import-resume.ts';
import { openImportSpool } from './import-spool.ts';
import type { ImportSpool } from './import-spool.ts';
import { databaseInPath, knownTable, readPlaces, tableInPath } from './places.ts';
import { jsonReply } from './reply.ts';
import type { TdCall, TdReply } from './td-parts.ts';

const FORMAT = 'msgpack.gz';
const MAX_ID_CHARACTERS = 255;
const RETRY_SECONDS = 1;

interface Target {
  readonly database: string;
  readonly table: string;
  /** Absent: the sender gave no id. */
  readonly name?: ImportName;
}

/** For both calls; the path tells whether there is an id. */
export async function importRecords(call: TdCall): Promise<TdReply> {
  const { parts, path, body: request } = call;
  const startedMs = parts.clock.monotonic();
  const target = await targetOf(call);
  using _turn = parts.importsUnderWay.begin(target.name);
  using body = new ImportBody(request, parts.clock);
  const mark = target.name && (await parts.control.importMark(target.name));
  const isDone = mark?.state === 'done' && mark.markedAt >= forgetBefore(call);
  let requestId: RequestId | undefined;
  if (isDone) await body.discard();
  else requestId = await take(call, target, { body, isResumed: mark?.state === 'begun' });
  const { database, table } = target;
  const unique_id = path['uniqueId'] ?? requestId ?? '';
  const elapsed_time = Math.round(parts.clock.monotonic() - startedMs) / 1000;
  const answer = { elapsed_time, database, table, md5_hex: body.md5Hex(), unique_id };
  return { ...jsonReply(answer), ...(requestId !== undefined && { requestId }) };
}

async function targetOf(call: TdCall): Promise<Target> {
  const { parts, workspace, path } = call;
  const [database, table] = [databaseInPath(call), tableInPath(call)];
  if (path['format'] !== FORMAT) throw tdError('td-422', `the format must be ${FORMAT}`);
  const { uniqueId } = path;
  if (uniqueId !== undefined && (uniqueId === '' || uniqueId.length > MAX_ID_CHARACTERS)) {
    throw tdError('td-422', `the id must have 1 to ${MAX_ID_CHARACTERS} characters`);
  }
  knownTable(await readPlaces(parts, workspace), database, table);
  return { database, table, ...(uniqueId !== undefined && { name: { workspace, database, table, uniqueId } }) };
}

function forgetBefore({ parts }: TdCall): number {
  return parts.clock.now() - parts.importWindowMs;
}

interface Arriving {
  readonly body: ImportBody;
  /** A part of it may be in the log. */
  readonly isResumed: boolean;
}

/** The id of its last entry; undefined when it has no records. */
async function take(call: TdCall, target: Target, { body, isResumed }: Arriving): Promise<RequestId | undefined> {
  await using spool = await openImportSpool(call.parts.spoolDirectory);
  await body.inflate(async (pieces) => {
    for await (const chunk of importChunks(pieces)) await spool.add(chunk);
  });
  const { name } = target;
  // Awaited here, so that the spool stays open until the log has it all.
  if (name === undefined) return await append(call, target, { spool, first: 0 });
  const first = isResumed ? await entriesInLog(call, name, spool.length) : 0;
  await mark(call, name, 'begun');
  const requestId = await append(call, target, { spool, first });
  await mark(call, name, 'done');
  return requestId;
}

function mark(call: TdCall, name: ImportName, state: 'begun' | 'done'): Promise<void> {
  const { control, clock } = call.parts;
  return control.putImportMark({ ...name, state, markedAt: clock.now() }, forgetBefore(call));
}

interface Appending {
  readonly spool: ImportSpool;
  /** Those before it are in the log. */
  readonly first: number;
}

async function append(call: TdCall, target: Target, { spool, first }: Appending): Promise<RequestId | undefined> {
  let requestId: RequestId | undefined;
  let at = first;
  for await (const chunk of spool.chunks(first)) {
    requestId = await appendChunk(call, target, { ...chunk, at });
    at += 1;
  }
  return requestId;
}

// A sender that goes away changes nothing: what has begun is brought to its end.
async function appendChunk(
  { parts, workspace, key, stopping }: TdCall,
  { database, table, name }: Target,
  { records, body, at }: ImportChunk & { readonly at: number },
): Promise<RequestId> {
  const correlationId = name && entryName(name, at);
  const envelope = {
    kind: 'event',
    clientId: key.id,
    database,
    table,
    format: 'json',
    ...(correlationId !== undefined && { correlationId }),
  } as const;
  const startedMs = parts.clock.monotonic();
  for (;;) {
    const submitted = await parts.submitting.submit({ workspace, lane: 'events', objects: records, envelope, body });
    if (!('refused' in submitted)) {
      parts.latest.note(workspace, submitted.position);
      return submitted.requestId;
    }
    const { refused, retryAfterSeconds } = submitted;
    const isOver = stopping.aborted || parts.clock.monotonic() - startedMs > parts.patienceMs;
    if (isOver) throw tdError('td-503', refused, retryAfterSeconds);
    await parts.clock.sleep(RETRY_SECONDS * 1000, stopping).catch(() => undefined);
  }
}
