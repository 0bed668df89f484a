import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { dataFiles } from '../../src/data-files.ts';
import { DURABILITY_TRACE, findUnsyncedAnswers } from '../support/durable-answers.ts';
import { ServerProcess } from '../support/server/server-process.ts';
import type { StartOptions } from '../support/server/server-process.ts';
import { Workspace } from '../support/server/workspace.ts';
import { Tracer, whyNoStrace } from '../support/strace.ts';

const skip = whyNoStrace();
const WITHOUT_FSYNC: string = fileURLToPath(new URL('without-fsync.ts', import.meta.url));
const ONE_BY_ONE = 10;
const SENDERS = 6;

/** Sends events and persons, first one by one, then many at once. Resolves with the markers in their bodies. */
async function sendMarked(workspace: Workspace): Promise<readonly string[]> {
  const markers: string[] = [];
  const send = async (sender: string, number: number): Promise<void> => {
    const marker = `marker${sender}x${number}z`;
    markers.push(marker);
    if (number % 2 === 0) await workspace.store('db/tbl', { marker });
    else await workspace.accept('persons', { persons: [{ email: 'a@example.com', lastName: marker }] });
  };
  const sendMany = async (sender: string): Promise<void> => {
    for (let number = 0; number < ONE_BY_ONE; number += 1) await send(sender, number);
  };
  await sendMany('alone');
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => sendMany(String(sender))));
  return markers;
}

interface TracedRun {
  readonly markers: readonly string[];
  readonly faults: readonly string[];
}

async function tracedRun(options: StartOptions = {}): Promise<TracedRun> {
  const directory = await mkdtemp(join(tmpdir(), 'inlet-trace-'));
  try {
    await using server = await ServerProcess.start(directory, { ...options, ownGroup: true });
    const workspace = new Workspace(server);
    await using tracer = await Tracer.attach(server.pid, DURABILITY_TRACE);
    const markers = await sendMarked(workspace);
    // A call that has not returned when the trace ends is not in it: this answer's write comes after all others.
    await workspace.send({ method: 'GET', path: '/healthz' });
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
