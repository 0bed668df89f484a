import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import type { NewEntry } from '#model/entry.ts';
import { LOG_START } from '#model/words.ts';
import type { MunchkinId, Position, RequestId } from '#model/words.ts';
import { IntakeError } from '#ports/intake-log.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import { storedEntries } from './intake-chunk.ts';
import { encodeGroup } from './intake-group.ts';
import { openSqliteIntakeWriter } from './intake-log.ts';
import { openSqliteIntakeReader } from './intake-reader.ts';
import { uuidBytes } from './uuid-bytes.ts';

const ALPHA = '111-AAA-111' as MunchkinId;
const EVERYTHING = { entries: 100_000, objects: 100_000, bytes: 1_000_000_000 };

function makePlace(): Disposable & { readonly path: string } {
  const directory = mkdtempSync(join(tmpdir(), 'inlet-intake-'));
  return { path: join(directory, 'intake.sqlite'), [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

function newEntry(number: number, body: Uint8Array): NewEntry {
  const requestId = `019aae10-0000-7000-8000-${number.toString(16).padStart(12, '0')}` as RequestId;
  const envelope = { kind: 'person', clientId: 'client' } as const;
  return { workspace: ALPHA, lane: 'normal', requestId, acceptedAt: 1_795_000_000_000, objects: 1, envelope, body };
}

test('law 6: more than may wait is refused as full, nothing of it is written, and later appends succeed', async () => {
  using place = makePlace();
  await using writer = await openSqliteIntakeWriter({ path: place.path, maxPendingBytes: 50_000 });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => writer.append(newEntry(index, Buffer.alloc(1_000)))),
  );
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.ok(refused.length > 40 && refused.length < 60, `${refused.length} of 100 were refused`);
  for (const { reason } of refused) assert.ok(reason instanceof IntakeError && reason.reason === 'full');
  await writer.append(newEntry(100, Buffer.alloc(80_000)));
  await using reader = openSqliteIntakeReader(place);
  assert.equal((await reader.read(ALPHA, 'normal', LOG_START, EVERYTHING)).length, 101 - refused.length);
});

test('law 6: what is durable is in memory no more, though V8 has no need to collect it', async () => {
  using place = makePlace();
  await using writer = await openSqliteIntakeWriter({ path: place.path });
  const body = Buffer.alloc(1024 * 1024);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let number = 0; number < 64; number += 1) {
    await writer.append(newEntry(number, body));
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  assert.ok(most < 8 * body.length, `${most} bytes`);
});

test('a position within a chunk: reading, backlog and truncation see what lies behind it, and a restart too', async () => {
  using place = makePlace();
  const entries = Array.from({ length: 6 }, (_, at) => ({
    ...newEntry(at, Buffer.alloc(10 * (at + 1))),
    objects: at + 1,
    acceptedAt: 1_795_000_000_000 + at,
  }));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
  const assertBehind = async (reader: IntakeReader, after: Position, kept: readonly NewEntry[]): Promise<void> => {
    const read = await reader.read(ALPHA, 'normal', after, EVERYTHING);
    assert.deepEqual(
      read.map(({ requestId }) => requestId),
      kept.map(({ requestId }) => requestId),
    );
    const [oldest] = kept;
    assert.deepEqual(await reader.backlog(ALPHA, 'normal', after), {
      entries: kept.length,
      objects: sum(kept.map(({ objects }) => objects)),
      bytes: sum(kept.map(({ body }) => body.byteLength)),
      ...(oldest && { oldestAcceptedAt: oldest.acceptedAt }),
    });
  };
  {
    await using writer = await openSqliteIntakeWriter({ path: place.path });
    await using reader = openSqliteIntakeReader(place);
    const positions = await Promise.all(entries.map((entry) => writer.append(entry)));
    for (const [at, position] of positions.entries()) await assertBehind(reader, position, entries.slice(at + 1));
    await writer.truncate(ALPHA, 'normal', positions[2] as Position);
    await assertBehind(reader, LOG_START, entries.slice(3));
  }
  await using reader = openSqliteIntakeReader(place);
  await assertBehind(reader, LOG_START, entries.slice(3));
  assert.equal(await reader.find(ALPHA, entries[2]?.requestId as RequestId), undefined);
  assert.equal((await reader.find(ALPHA, entries[3]?.requestId as RequestId))?.objects, 4);
});

test('a log that cannot be opened says which file and why', async () => {
  const path = '/nonexistent/intake.sqlite';
  await assert.rejects(openSqliteIntakeWriter({ path }), /\/nonexistent\/intake\.sqlite.*unable to open/);
  assert.throws(() => openSqliteIntakeReader({ path }), /\/nonexistent\/intake\.sqlite.*unable to open/);
});

test('the WAL stays bounded under appends while readers come and go', async () => {
  using place = makePlace();
  await using writer = await openSqliteIntakeWriter({ path: place.path });
  await using idle = openSqliteIntakeReader(place);
  await using busy = openSqliteIntakeReader(place);
  let number = 0;
  for (let round = 0; round < 24; round += 1) {
    const appends = Array.from({ length: 40 }, () => writer.append(newEntry((number += 1), Buffer.alloc(170_000))));
    await busy.read(ALPHA, 'normal', LOG_START, { ...EVERYTHING, entries: 20 });
    await Promise.all(appends);
  }
  assert.equal((await idle.backlog(ALPHA, 'normal', LOG_START)).entries, number);
  const walBytes = statSync(`${place.path}-wal`).size;
  assert.ok(walBytes < 80_000_000, `the WAL has ${walBytes} bytes after ${number * 170_000} bytes of bodies`);
});

test('a reader that hangs in a transaction stops no append, and the WAL shrinks again when it goes', async () => {
  using place = makePlace();
  await using writer = await openSqliteIntakeWriter({ path: place.path });
  let number = 0;
  const appendLarge = (count: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, () => writer.append(newEntry((number += 1), Buffer.alloc(170_000)))));
  const walBytes = (): number => statSync(`${place.path}-wal`).size;
  const hanging = new DatabaseSync(place.path, { readOnly: true });
  await appendLarge(1);
  hanging.exec('BEGIN; SELECT count(*) FROM chunks');
  for (let round = 0; round < 6; round += 1) await appendLarge(100);
  assert.ok(walBytes() > 90_000_000, 'the reader keeps the WAL');
  hanging.close();
  for (let round = 0; round < 2; round += 1) await appendLarge(100);
  assert.ok(walBytes() < 80_000_000, `the WAL still has ${walBytes()} bytes`);
});

test('a group gives back what went into it (fast-check)', () => {
  const entry = fc.record({
    workspace: fc.constantFrom(ALPHA, '222-BBB-222' as MunchkinId),
    lane: fc.constantFrom('high', 'normal'),
    requestId: fc.uuid().map((id) => id as RequestId),
    acceptedAt: fc.maxSafeNat(),
    objects: fc.nat(10_000),
    envelope: fc.string({ unit: 'binary' }),
    body: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
      const items = entries.map(({ envelope, ...rest }) => ({
        entry: { ...rest, envelope: { kind: 'person', clientId: '' } } as NewEntry,
        envelope: JSON.stringify(envelope),
        envelopeBytes: Buffer.byteLength(JSON.stringify(envelope)),
        quotaDay: undefined,
      }));
      const { group, ordered } = encodeGroup(items);
      const decoded = group.chunks.flatMap(({ workspace, lane, start, end }) =>
        [...storedEntries(new Uint8Array(group.buffer, start, end - start))].map((stored) => ({
          workspace,
          lane,
          requestId: stored.requestId,
          acceptedAt: stored.acceptedAt,
          objects: stored.objects,
          envelope: JSON.parse(stored.envelope) as string,
          body: new Uint8Array(stored.body),
        })),
      );
      assert.deepEqual(
        decoded,
        ordered.map(({ entry, envelope }) => ({ ...entry, envelope: JSON.parse(envelope) as string })),
      );
      const sent = (lane: string): unknown[] =>
        entries.filter((each) => `${each.lane} ${each.workspace}` === lane).map((each) => ({ ...each }));
      for (const lane of new Set(entries.map((each) => `${each.lane} ${each.workspace}`))) {
        assert.deepEqual(
          decoded.filter((each) => `${each.lane} ${each.workspace}` === lane),
          sent(lane),
        );
      }
    }),
  );
});

test('only a UUID has the bytes of one', () => {
  assert.equal(uuidBytes('019aae10-0000-7000-8000-00000000000'), undefined);
  assert.equal(uuidBytes('019AAE10-0000-7000-8000-000000000000'), undefined);
  assert.equal(uuidBytes('019aae10-0000-7000-8000-000000000001')?.byteLength, 16);
});
