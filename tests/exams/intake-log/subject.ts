/**
 * What the exam of the intake log is put to, and the entries that it is asked with.
 * Owns: makers and comparisons of entries. Never: states a clause.
 */
import assert from 'node:assert/strict';
import type { Entry, EventEnvelope, NewEntry } from '#model/entry.ts';
import { LOG_START } from '#model/words.ts';
import type { Lane, MunchkinId, Position, RequestId } from '#model/words.ts';
import type { IntakeReader, IntakeWriter, ReadLimit } from '#ports/intake-log.ts';

/** A new, empty log. Disposing it closes both ends and removes what it left on disk. */
export interface IntakeLogSubject extends AsyncDisposable {
  readonly writer: IntakeWriter;
  readonly reader: IntakeReader;
  /** Closes both ends and opens the same log again; absent where nothing outlives the process. */
  readonly reopen?: () => Promise<IntakeLogSubject>;
}

export interface IntakeLogClause {
  readonly name: string;
  readonly check: (log: IntakeLogSubject) => Promise<void>;
}

export const ALPHA: MunchkinId = '111-AAA-111' as MunchkinId;
export const BETA: MunchkinId = '222-BBB-222' as MunchkinId;
export const DAY = '2026-11-23';
export const EVERYTHING: ReadLimit = { entries: 1_000_000, objects: 1_000_000_000, bytes: 1_000_000_000 };
export const EVENT: EventEnvelope = { kind: 'event', clientId: 'key-1', database: 'db', table: 'tbl', format: 'json' };

let lastId = 0;

export function newRequestId(): RequestId {
  lastId += 1;
  return `019aae10-0000-7000-8000-${lastId.toString(16).padStart(12, '0')}` as RequestId;
}

export function newEntry(members: Partial<NewEntry> = {}): NewEntry {
  return {
    workspace: ALPHA,
    lane: 'normal',
    requestId: newRequestId(),
    acceptedAt: 1_795_000_000_000 + lastId,
    objects: 1,
    envelope: EVENT,
    body: Buffer.from(`{"n":${lastId}}`),
    ...members,
  };
}

function textOf(entry: NewEntry): string {
  return Buffer.from(entry.body).toString('latin1');
}

/** Equal as the port promises: a body is bytes, whatever the class of the array that holds them. */
export function assertSameEntry(actual: Entry | undefined, expected: NewEntry): void {
  assert.ok(actual, `the entry of request ${expected.requestId} is not there`);
  const { position, ...rest } = actual;
  assert.ok(Number.isSafeInteger(position) && position > 0, 'a position is a positive integer');
  assert.ok(actual.body instanceof Uint8Array, 'a body is a Uint8Array');
  assert.deepEqual({ ...rest, body: textOf(actual) }, { ...expected, body: textOf(expected) });
}

export function assertSameEntries(actual: readonly Entry[], expected: readonly NewEntry[]): void {
  assert.deepEqual(
    actual.map((entry) => entry.requestId),
    expected.map((entry) => entry.requestId),
  );
  actual.forEach((entry, index) => assertSameEntry(entry, expected[index] as NewEntry));
}

export function appendAll(writer: IntakeWriter, entries: readonly NewEntry[]): Promise<Position[]> {
  return Promise.all(entries.map((entry) => writer.append(entry)));
}

export function readLane(
  reader: IntakeReader,
  lane: Lane = 'normal',
  after: Position = LOG_START,
): Promise<readonly Entry[]> {
  return reader.read(ALPHA, lane, after, EVERYTHING);
}
