/** Jobs: issue, status, show, result, kill, list. */
import type { QueryJob, QueryJobState } from '#model/query-job.ts';
import { isOpenJob } from '#model/query-job.ts';
import { jobAnswer, jobStatusAnswer } from '#protocols/td-rest/answers.ts';
import { tdError } from '#protocols/td-rest/errors.ts';
import { formatResult, RESULT_FORMATS } from '#protocols/td-rest/job-result.ts';
import type { ResultFormat } from '#protocols/td-rest/job-result.ts';
import { databaseInPath, knownDatabase, readPlaces } from './places.ts';
import { jsonReply } from './reply.ts';
import type { TdCall, TdReply } from './td-parts.ts';

const TYPES: ReadonlySet<string> = new Set(['presto', 'trino', 'hive']);
const MAX_QUERY_CHARACTERS = 100_000;

export async function issueJob(call: TdCall): Promise<TdReply> {
  const { parts, workspace, path, parameters } = call;
  refuseLimitedKey(call);
  const database = databaseInPath(call);
  const { type = '' } = path;
  if (!TYPES.has(type)) throw tdError('td-422', 'a job is presto, trino or hive; each is run as SQL');
  const query = parameters.text('query');
  if (query === undefined) throw tdError('td-422', 'query is missing');
  if (query.length > MAX_QUERY_CHARACTERS) throw tdError('td-422', `query has over ${MAX_QUERY_CHARACTERS} characters`);
  if (parameters.text('result') !== undefined) throw tdError('td-422', 'a result is read, and exported nowhere');
  knownDatabase(await readPlaces(parts, workspace), database);
  const { jobId } = await parts.jobs.issue({ workspace, type, database, query });
  return jsonReply({ job: String(jobId), job_id: String(jobId), database });
}

export async function jobStatus(call: TdCall): Promise<TdReply> {
  return jsonReply(jobStatusAnswer(await jobInPath(call)));
}

export async function showJob(call: TdCall): Promise<TdReply> {
  return jsonReply(jobAnswer(await jobInPath(call)) as object);
}

export async function jobResult(call: TdCall): Promise<TdReply> {
  const { parts, parameters, range } = call;
  const format = formatOf(parameters.text('format') ?? 'tsv');
  const job = await jobInPath(call);
  if (job.state !== 'success') throw tdError('td-404', `job ${job.jobId} has no result: its status is ${job.state}`);
  const result = parts.jobs.result(job);
  if (result === undefined) throw tdError('td-404', `the result of job ${job.jobId} is kept no more; issue it again`);
  const header = parameters.text('header')?.toLowerCase() === 'true';
  const { contentType, bytes } = formatResult(result, format, header);
  return range === undefined ? { contentType, body: bytes } : partOf({ contentType, bytes }, range);
}

export async function killJob(call: TdCall): Promise<TdReply> {
  const job = await jobInPath(call);
  if (isOpenJob(job)) await call.parts.jobs.kill(job);
  return jsonReply({ job_id: String(job.jobId), former_status: job.state });
}

const MAX_LISTED = 1_000;
const DEFAULT_LISTED = 20;
const STATES: Readonly<Record<string, QueryJobState>> = {
  queued: 'queued',
  running: 'running',
  success: 'success',
  error: 'error',
  killed: 'killed',
};

/** `from` and `to` are places in the list, newest first, both inclusive. */
export async function listJobs(call: TdCall): Promise<TdReply> {
  const { parts, workspace, parameters } = call;
  refuseLimitedKey(call);
  const from = parameters.count('from') ?? 0;
  const to = parameters.count('to') ?? from + DEFAULT_LISTED - 1;
  const limit = Math.max(0, Math.min(to - from + 1, MAX_LISTED));
  const wanted = parameters.text('status');
  const state = wanted === undefined ? undefined : STATES[wanted];
  if (wanted !== undefined && state === undefined) throw tdError('td-422', 'status is no status of a job');
  const jobs = await parts.jobs.list(workspace, { skip: from, limit, ...(state !== undefined && { state }) });
  return jsonReply({ count: jobs.length, from, to, jobs: jobs.map(jobAnswer) });
}

// A query sees every database of the workspace, whatever the path says.
function refuseLimitedKey({ key }: TdCall): void {
  if (key.databases === undefined) return;
  throw tdError('td-403', 'the key is limited to some databases, and a job sees them all');
}

async function jobInPath(call: TdCall): Promise<QueryJob> {
  refuseLimitedKey(call);
  const { parts, workspace, path } = call;
  const { jobId = '' } = path;
  const job = /^\d{1,15}$/.test(jobId) ? await parts.jobs.find(workspace, Number(jobId)) : undefined;
  if (job === undefined) throw tdError('td-404', 'there is no such job, or it is kept no more');
  return job;
}

function formatOf(text: string): ResultFormat {
  const format = RESULT_FORMATS.find((each) => each === text);
  if (format === undefined) throw tdError('td-422', `format must be one of ${RESULT_FORMATS.join(', ')}`);
  return format;
}

// Clients that load a result by several connections ask for parts (RFC 9110, section 14).
function partOf({ contentType, bytes }: { contentType: string; bytes: Uint8Array }, range: string): TdReply {
  const groups = /^bytes=(?<first>\d{1,15})-(?<last>\d{1,15})?$/.exec(range)?.groups;
  if (groups === undefined) return { contentType, body: bytes };
  const first = Number(groups['first']);
  if (first >= bytes.length) throw tdError('td-416', `it has ${bytes.length} bytes`);
  const last = Math.min(Number(groups['last'] ?? Infinity), bytes.length - 1);
  const headers = { 'Content-Range': `bytes ${first}-${last}/${bytes.length}` };
  return { status: 206, contentType, headers, body: bytes.subarray(first, last + 1) };
}
