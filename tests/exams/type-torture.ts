/**
 * Sequences of JSON values of every type, each in a column of its own, through an applier into a store and back.
 * Owns: the values, how a sequence is cut into batches, and the comparison. Never: knows how a store holds a value.
 */
import assert from 'node:assert/strict';
import type { RequestRecord } from '#model/fates.ts';
import type { RequestId } from '#model/words.ts';
import type { Store } from '#ports/store.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import { canonicalJson } from '../support/exact-json.ts';
import { events, openApplierWorld, WORKSPACE } from '../support/applier-world.ts';
import type { ApplierWorld } from '../support/applier-world.ts';

/** JSON text of a value; `undefined`: the event has no such member. */
export type Sample = string | undefined;

/** One or more of each type that a column can have, and of each way in which its cells may not tell a value. */
export const SAMPLES: readonly Sample[] = [
  undefined,
  'null',
  'true',
  '1',
  '-7',
  '9007199254740993',
  '-9223372036854775808',
  '12345678901234567890',
  '123456789012345678901234567890123456789',
  '0.1',
  '1e400',
  '0.12345678901234567890',
  '"x"',
  '""',
  '"1"',
  '{"a":{"b":[0.1,12345678901234567890]}}',
  '[1,1e400,null,""]',
];

/** One value of each type and way of telling, for stores where {@link SAMPLES} would take minutes. */
export const ONE_OF_EACH: readonly Sample[] = SAMPLES.filter(
  (sample) => !['-7', '-9223372036854775808', '0.12345678901234567890', '""', '"1"'].includes(sample ?? ''),
);

/** The parts of a store that the values go through. */
export interface TortureSubject {
  readonly store: Store;
  readonly reader: Pick<StoreReader, 'events' | 'request'>;
}

/** Fewer than a table may have, so that every value meets a column and every batch is a quick one. */
const COLUMNS_OF_A_TABLE = 128;

/** Every ordered sequence of `length` samples. */
export function sequencesOf(samples: readonly Sample[], length: number): readonly (readonly Sample[])[] {
  if (length === 0) return [[]];
  return sequencesOf(samples, length - 1).flatMap((sequence) => samples.map((sample) => [...sequence, sample]));
}

/**
 * Sends sequences of one length, event by event: the nth event has the nth value of each sequence.
 * `batches` says how many events go into each batch; each batch is committed before the next is sent.
 * Rejects when an event is not read back equal (law 10), after the last batch or after any before it.
 */
export async function assertReadBack(
  { store, reader }: TortureSubject,
  sequences: readonly (readonly Sample[])[],
  batches: readonly number[],
): Promise<void> {
  await using world = await openApplierWorld({ around: () => store });
  for (let first = 0, table = 0; first < sequences.length; first += COLUMNS_OF_A_TABLE, table += 1) {
    const columns = sequences.slice(first, first + COLUMNS_OF_A_TABLE);
    const place = `t${batches.join('_')}_${table}`;
    let sent: readonly string[] = [];
    for (const count of batches) {
      const added = Array.from({ length: count }, (_, at) => eventText(columns, sent.length + at));
      sent = [...sent, ...added];
      await sendBatch(world, added, place);
      const page = await reader.events(WORKSPACE, { database: 'web', table: place, start: 0, limit: sent.length + 1 });
      assert.deepEqual(page?.events.map(canonicalJson), sent.map(canonicalJson), `batches of ${batches.join(', ')}`);
    }
  }
}

/** Sends one request of `bodies` as an array, and waits until it is decided; gives its record. */
export async function decidedRequest(subject: TortureSubject, bodies: readonly string[]): Promise<RequestRecord> {
  await using world = await openApplierWorld({ around: () => subject.store });
  const request = await subject.reader.request(WORKSPACE, await sendBatch(world, bodies, 'clicks'));
  assert.ok(request);
  return request;
}

// One entry is applied in one batch; the next is sent when this one is committed.
async function sendBatch(world: ApplierWorld, bodies: readonly string[], table: string): Promise<RequestId> {
  const before = world.batches.length;
  const { requestId } = await world.send({
    ...events([], table),
    body: `[${bodies.join(',')}]`,
    objects: bodies.length,
  });
  await world.settled();
  assert.equal(world.batches.length, before + 1, 'one batch');
  return requestId;
}

function eventText(columns: readonly (readonly Sample[])[], at: number): string {
  const members = columns.flatMap((sequence, column) => {
    const value = sequence[at];
    return value === undefined ? [] : [`"c${column}":${value}`];
  });
  return `{${members.join(',')}}`;
}
