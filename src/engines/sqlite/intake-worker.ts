/**
 * The log's thread: takes commands, one commit per group, and answers after the fsync (law 1).
 * Owns: the writing connection. Never: goes on after an error that leaves the disk in doubt (law 9).
 */
import { parentPort, workerData } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { must, unreachable } from '#kit/assert.ts';
import type { Group, LaneName } from './intake-group.ts';
import type { IntakeCall, IntakeCommand, IntakeReply, IntakeResult, IntakeThreadOptions } from './intake-messages.ts';
import { IntakeTables } from './intake-tables.ts';
import { verdictOn } from './sqlite-error.ts';
import type { Position } from '#model/words.ts';

const port = must(parentPort, 'the log runs in a thread of its own');
const { path, synchronous } = workerData as IntakeThreadOptions;
const tables = new IntakeTables(path, synchronous);
let closing = false;

function reply(message: IntakeReply): void {
  port.postMessage(message);
}

/** Takes half of the thread's time at most, so that appends have the rest however much there is to forget. */
async function truncate(name: LaneName, through: Position): Promise<undefined> {
  tables.beginTruncation(name, through);
  for (;;) {
    const began = performance.now();
    if (closing || !tables.truncateSlice(name, through)) return;
    checkpoint();
    await sleep(Math.ceil(performance.now() - began));
  }
}

function append(group: Group): number {
  const first = tables.appendGroup(group);
  // Gives the memory back at once: V8 sees no need to collect before a hundred megabytes of groups have gathered.
  group.buffer.transfer(0);
  return first;
}

function close(): undefined {
  closing = true;
  tables[Symbol.dispose]();
}

function perform(command: IntakeCommand): IntakeResult | Promise<undefined> {
  switch (command.kind) {
    case 'append':
      return append(command.group);
    case 'objects-of-day':
      return tables.objectsOfDay(command.workspace, command.quotaDay);
    case 'totals':
      return tables.totals();
    case 'truncate':
      return truncate(command, command.through);
    case 'close':
      return close();
    default:
      return unreachable(command);
  }
}

function report(call: number, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (verdictOn(error) === 'full') return reply({ kind: 'full', call, message });
  reply({ kind: 'failed', message });
  port.close();
}

// A full disk only puts a checkpoint off: what was acknowledged lies in the WAL.
function checkpoint(): void {
  try {
    if (!closing) tables.checkpoint();
  } catch (error) {
    if (verdictOn(error) === 'failed') throw error;
  }
}

function answer(call: number, result: IntakeResult): void {
  reply({ kind: 'done', call, result });
  // After the answer, so that nobody waits for it.
  checkpoint();
}

port.on('message', ({ call, command }: IntakeCall) => {
  try {
    const result = perform(command);
    if (result instanceof Promise)
      result.then((value) => answer(call, value)).catch((error: unknown) => report(call, error));
    else answer(call, result);
  } catch (error) {
    report(call, error);
  }
  if (closing) port.close();
});
