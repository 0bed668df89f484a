/** The calls behind `inlet replay`, repeated until there is nothing more to replay. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { RequestBody } from '#cli/api-client.ts';
import type { ClientCall } from '#cli/client-command.ts';
import { plainText } from '#cli/plain-text.ts';
import type { JsonObject } from '#model/json.ts';

/** What was replayed, as far as it is known. */
export interface Replayed {
  /** Requests as `inlet requests show` has them. */
  readonly requests: readonly JsonObject[];
  readonly notReplayable: readonly JsonObject[];
  /** Why the log took no more. */
  readonly refused?: string;
}

export interface Rehearsed {
  readonly objects: readonly JsonObject[];
  readonly sums: Readonly<Record<string, number>>;
  readonly notReplayable: readonly JsonObject[];
}

/** Submits everything and waits for its fates, at most so long in all. */
export async function replayAll(call: ClientCall, wanted: RequestBody, timeoutMs: number): Promise<Replayed> {
  const deadline = performance.now() + timeoutMs;
  const requests: JsonObject[] = [];
  const notReplayable: JsonObject[] = [];
  for await (const answer of answers(call, wanted)) {
    notReplayable.push(...list(answer['notReplayable']));
    requests.push(...(await fatesOf(call, list(answer['requests']), { deadline, before: requests })));
    if (answer['refused'] !== undefined) return { requests, notReplayable, refused: plainText(answer['refused']) };
  }
  return { requests, notReplayable };
}

export async function rehearseAll(call: ClientCall, wanted: RequestBody): Promise<Rehearsed> {
  const objects: JsonObject[] = [];
  const notReplayable: JsonObject[] = [];
  const sums: Record<string, number> = {};
  for await (const answer of answers(call, { ...wanted, dryRun: true })) {
    objects.push(...list(answer['objects']));
    notReplayable.push(...list(answer['notReplayable']));
    for (const [outcome, count] of Object.entries(answer['sums'] as JsonObject)) {
      sums[outcome] = (sums[outcome] ?? 0) + Number(count);
    }
  }
  return { objects, sums, notReplayable };
}

async function* answers(call: ClientCall, wanted: RequestBody): AsyncGenerator<JsonObject> {
  const path = `${call.workspacePath}/quarantine/replay`;
  let body = wanted;
  for (;;) {
    const answer = await call.api.post(path, body);
    yield answer;
    if (answer['more'] !== true) return;
    body = { ...body, after: answer['after'] };
  }
}

interface Waiting {
  /** By `performance.now()`. */
  readonly deadline: number;
  /** Whose fates are known already. */
  readonly before: readonly JsonObject[];
}

async function fatesOf(
  call: ClientCall,
  submitted: readonly JsonObject[],
  { deadline, before }: Waiting,
): Promise<JsonObject[]> {
  const total = objectsOf(before) + submitted.reduce((sum, { objects }) => sum + Number(objects), 0);
  const fates: JsonObject[] = [];
  for (const { requestId } of submitted) {
    call.progress.show('Replaying', objectsOf([...before, ...fates]), total);
    fates.push(await decidedRequest(call, plainText(requestId), deadline));
  }
  return fates;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

/** The request once each of its objects has been tried, or as it is when time is up. */
async function decidedRequest(call: ClientCall, requestId: string, deadline: number): Promise<JsonObject> {
  const path = `${call.workspacePath}/requests/${requestId}`;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const request = await call.api.get(path);
    if (request['state'] !== 'pending' || performance.now() >= deadline) return request;
    await sleep(pauseMs);
  }
}

function objectsOf(requests: readonly JsonObject[]): number {
  return requests.reduce((sum, { objects }) => sum + Number((objects as JsonObject)['received']), 0);
}

function list(value: unknown): readonly JsonObject[] {
  return (value ?? []) as readonly JsonObject[];
}
