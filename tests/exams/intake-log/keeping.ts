/**
 * Clauses on what a log keeps: counts, totals, truncation, and what survives closing.
 * Owns: these clauses. Never: knows an engine.
 */
import assert from 'node:assert/strict';
import type { NewEntry } from '#model/entry.ts';
import { LOG_START } from '#model/words.ts';
import type { Position } from '#model/words.ts';
import { IntakeError } from '#ports/intake-log.ts';
import { ALPHA, appendAll, assertSameEntries, BETA, DAY, EVERYTHING, newEntry, readLane } from './subject.ts';
import type { IntakeLogClause } from './subject.ts';

export const COUNTING_CLAUSES: readonly IntakeLogClause[] = [
  {
    name: 'objects are counted by workspace and day, of appends with a day alone',
    async check({ writer }) {
      await Promise.all([
        writer.append(newEntry({ objects: 3 }), DAY),
        writer.append(newEntry({ objects: 4, lane: 'high' }), DAY),
        writer.append(newEntry({ objects: 5 }), '2026-11-24'),
        writer.append(newEntry({ objects: 6, workspace: BETA }), DAY),
        writer.append(newEntry({ objects: 100 })),
      ]);
      assert.equal(await writer.objectsOfDay(ALPHA, DAY), 7);
      assert.equal(await writer.objectsOfDay(ALPHA, '2026-11-24'), 5);
      assert.equal(await writer.objectsOfDay(BETA, DAY), 6);
      assert.equal(await writer.objectsOfDay(BETA, '2026-11-24'), 0);
    },
  },
  {
    name: 'totals count entries, objects and bytes of all lanes, and the objects of each (law 2)',
    async check({ writer }) {
      assert.deepEqual(await writer.totals(), []);
      const body = Buffer.alloc(10);
      await appendAll(writer, [
        newEntry({ objects: 3, body }),
        newEntry({ objects: 4, body, lane: 'high' }),
        newEntry({ objects: 5, body, lane: 'high' }),
        newEntry({ workspace: BETA, body, lane: 'events' }),
      ]);
      const totals = [...(await writer.totals())].sort((left, right) => left.workspace.localeCompare(right.workspace));
      assert.deepEqual(
        totals.map((row) => ({ ...row, laneObjects: { ...row.laneObjects } })),
        [
          { workspace: ALPHA, entries: 3, objects: 12, bytes: 30, laneObjects: { high: 9, normal: 3, events: 0 } },
          { workspace: BETA, entries: 1, objects: 1, bytes: 10, laneObjects: { high: 0, normal: 0, events: 1 } },
        ],
      );
    },
  },
  {
    name: 'truncate forgets up to and including its position, in its lane alone; counts and totals stay',
    async check({ writer, reader }) {
      const entries = Array.from({ length: 700 }, () => newEntry());
      const positions = await Promise.all(entries.map((entry) => writer.append(entry, DAY)));
      const others = [newEntry({ lane: 'high' }), newEntry({ workspace: BETA })];
      await appendAll(writer, others);
      const totals = await writer.totals();
      await writer.truncate(ALPHA, 'normal', positions[599] as Position);
      assertSameEntries(await readLane(reader), entries.slice(600));
      assert.equal(await reader.find(ALPHA, (entries[599] as NewEntry).requestId), undefined);
      assertSameEntries(await readLane(reader, 'high'), others.slice(0, 1));
      assertSameEntries(await reader.read(BETA, 'normal', LOG_START, EVERYTHING), others.slice(1));
      assert.deepEqual(await writer.totals(), totals);
      assert.equal(await writer.objectsOfDay(ALPHA, DAY), 700);
    },
  },
  {
    name: 'positions are never given out again, even after everything was truncated',
    async check({ writer, reader }) {
      const last = await writer.append(newEntry());
      await writer.truncate(ALPHA, 'normal', last);
      assert.deepEqual(await readLane(reader), []);
      assert.ok((await writer.append(newEntry())) > last);
    },
  },
  {
    name: 'appends go on while a long truncation runs',
    async check({ writer, reader }) {
      const positions = await appendAll(
        writer,
        Array.from({ length: 3_000 }, () => newEntry({ body: Buffer.alloc(3) })),
      );
      const truncated = writer.truncate(ALPHA, 'normal', positions.at(-1) as Position);
      const entries = Array.from({ length: 50 }, () => newEntry());
      await appendAll(writer, entries);
      await truncated;
      assertSameEntries(await readLane(reader), entries);
    },
  },
];

export const CLOSING_CLAUSES: readonly IntakeLogClause[] = [
  {
    name: 'appends that were under way when the log was closed are settled, and later ones refused',
    async check({ writer, reader }) {
      const entries = Array.from({ length: 50 }, () => newEntry());
      const appended = appendAll(writer, entries);
      await writer[Symbol.asyncDispose]();
      await appended;
      assertSameEntries(await readLane(reader), entries);
      await assert.rejects(
        writer.append(newEntry()),
        (error) => error instanceof IntakeError && error.reason === 'failed',
      );
    },
  },
  {
    name: 'entries, counts, totals and positions survive closing and opening (law 1)',
    async check({ writer, reopen }) {
      if (reopen === undefined) return;
      const entries = [newEntry({ objects: 8 }), newEntry({ objects: 9 })];
      const positions = await Promise.all(entries.map((entry) => writer.append(entry, DAY)));
      await writer.truncate(ALPHA, 'normal', positions[0] as Position);
      const totals = await writer.totals();
      await using again = await reopen();
      assertSameEntries(await readLane(again.reader), entries.slice(1));
      assert.deepEqual(await again.writer.totals(), totals);
      assert.equal(await again.writer.objectsOfDay(ALPHA, DAY), 17);
      await again.writer.truncate(ALPHA, 'normal', positions[1] as Position);
      assert.ok((await again.writer.append(newEntry())) > (positions[1] as Position));
    },
  },
];
