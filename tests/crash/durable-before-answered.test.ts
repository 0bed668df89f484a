import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { dataFiles } from '../../src/data-files.ts';
import { DURABILITY_TRACE, findUnsyncedAnswers } from '../support/durable-answers.ts';
import type { InletApi } from '../support/inlet-api.ts';
import { InletServer } from '../support/inlet-server.ts';
import type { StartOptions } from '../support/inlet-server.ts';
import { Tracer, whyNoStrace } from '../support/strace.ts';

const skip = whyNoStrace();
const WITHOUT_FSYNC: string = fileURLToPath(new URL('without-fsync.ts', import.meta.url));
const ONE_BY_ONE = 10;
const SENDERS = 6;

/** Sends events and persons, first one by one, then many at once. Resolves with the markers in their bodies. */
async function sendMarked(api: InletApi): Promise<readonly string[]> {
  const markers: string[] = [];
  const send = async (sender: string, number: number): Promise<void> => {
    const marker = `marker${sender}x${number}z`;
    markers.push(marker);
    const answer = number % 2 === 0 ? await api.postEvent('db/tbl', { marker }) : await postPerson(api, marker);
    assert.ok(answer.ok, `${answer.status}`);
    await answer.arrayBuffer();
  };
  const sendMany = async (sender: string): Promise<void> => {
    for (let number = 0; number < ONE_BY_ONE; number += 1) await send(sender, number);
  };
  await sendMany('alone');
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => sendMany(String(sender))));
  return markers;
}

async function postPerson(api: InletApi, marker: string): Promise<Response> {
  const { url, munchkinId } = api.credentials;
  return fetch(`${url}/subscriptions/${munchkinId}/persons`, {
    method: 'POST',
    headers: { 'x-mkto-user-token': await api.accessToken(), 'content-type': 'application/json' },
    body: JSON.stringify({ persons: [{ email: 'a@example.com', lastName: marker }] }),
  });
}

interface TracedRun {
  readonly markers: readonly string[];
  readonly faults: readonly string[];
}

async function tracedRun(options: StartOptions = {}): Promise<TracedRun> {
  const directory = await mkdtemp(join(tmpdir(), 'inlet-trace-'));
  try {
    await using server = await InletServer.start(directory, options);
    await using tracer = await Tracer.attach(server.pid, DURABILITY_TRACE);
    const markers = await sendMarked(server.api);
    // A call that has not returned when the trace ends is not in it: this answer's write comes after all others.
    await (await server.api.fetch('/healthz')).arrayBuffer();
    const walPath = `${dataFiles(directory).intake}-wal`;
    return { markers, faults: findUnsyncedAnswers(await tracer.finish(), { walPath, markers }) };
  } finally {
    await rm(directory, { recursive: true });
  }
}

test('law 1, seen from outside: a sync of the log lies between each request and its answer', { skip }, async () => {
  const { faults, markers } = await tracedRun();
  assert.deepEqual(faults, []);
  assert.equal(markers.length, ONE_BY_ONE * (1 + SENDERS));
});

test('law 1, seen from outside: a server without fsync is caught at every answer', { skip }, async () => {
  const { faults, markers } = await tracedRun({ script: WITHOUT_FSYNC });
  assert.equal(faults.length, markers.length);
  for (const fault of faults) assert.match(fault, /without a sync of the log after its write/);
});
