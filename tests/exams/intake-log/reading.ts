/**
 * Clauses on reading: limits, pages, finding by request, and the backlog.
 * Owns: these clauses. Never: knows an engine.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Entry, NewEntry } from '#model/entry.ts';
import { LOG_START } from '#model/words.ts';
import type { MunchkinId, Position, RequestId } from '#model/words.ts';
import type { ReadLimit } from '#ports/intake-log.ts';
import {
  ALPHA,
  appendAll,
  assertSameEntries,
  assertSameEntry,
  BETA,
  EVERYTHING,
  newEntry,
  newRequestId,
  readLane,
} from './subject.ts';
import type { IntakeLogClause, IntakeLogSubject } from './subject.ts';

export const READING_CLAUSES: readonly IntakeLogClause[] = [
  {
    name: 'an empty lane reads as nothing and has no backlog',
    async check({ writer, reader }) {
      await writer.append(newEntry({ lane: 'high' }));
      assert.deepEqual(await readLane(reader), []);
      assert.deepEqual(await reader.read(BETA, 'high', LOG_START, EVERYTHING), []);
      assert.deepEqual(await reader.backlog(BETA, 'high', LOG_START), { entries: 0, objects: 0, bytes: 0 });
    },
  },
  {
    name: 'a read stays within its limits of entries, objects and bytes, each by itself',
    async check({ writer, reader }) {
      const entries = [1, 2, 3, 4].map((objects) => newEntry({ objects, body: Buffer.alloc(objects * 10, 'x') }));
      await appendAll(writer, entries);
      const lengthWithin = async (limit: Partial<ReadLimit>): Promise<number> =>
        (await reader.read(ALPHA, 'normal', LOG_START, { ...EVERYTHING, ...limit })).length;
      assert.equal(await lengthWithin({ entries: 3 }), 3);
      assert.equal(await lengthWithin({ objects: 6 }), 3);
      assert.equal(await lengthWithin({ objects: 5 }), 2);
      assert.equal(await lengthWithin({ bytes: 30 }), 2);
      assert.equal(await lengthWithin({ bytes: 29 }), 1);
    },
  },
  {
    name: 'a read gives at least one entry when there is one, whatever the limits',
    async check({ writer, reader }) {
      const entries = [newEntry({ objects: 9, body: Buffer.alloc(999) }), newEntry()];
      await appendAll(writer, entries);
      assertSameEntries(await reader.read(ALPHA, 'normal', LOG_START, { entries: 0, objects: 0, bytes: 0 }), [
        entries[0] as NewEntry,
      ]);
    },
  },
  {
    name: 'reading page by page gives every entry once, for any limits and sizes (fast-check)',
    check: checkPages,
  },
  {
    name: 'find knows the workspace and the request, and nothing else (law 7)',
    async check({ writer, reader }) {
      const entry = newEntry({ lane: 'high' });
      await writer.append(entry);
      assertSameEntry(await reader.find(ALPHA, entry.requestId), entry);
      assert.equal(await reader.find(BETA, entry.requestId), undefined);
      assert.equal(await reader.find(ALPHA, newRequestId()), undefined);
      assert.equal(await reader.find(ALPHA, "no id'; --" as RequestId), undefined);
    },
  },
  {
    name: 'the backlog is what lies beyond a position',
    async check({ writer, reader }) {
      const entries = [5, 7, 11].map((objects) => newEntry({ objects, body: Buffer.alloc(objects) }));
      const positions = await appendAll(writer, [
        ...entries,
        newEntry({ lane: 'high' }),
        newEntry({ workspace: BETA }),
      ]);
      const oldestAcceptedAt = entries[1]?.acceptedAt;
      assert.deepEqual(await reader.backlog(ALPHA, 'normal', positions[0] as Position), {
        entries: 2,
        objects: 18,
        bytes: 18,
        oldestAcceptedAt,
      });
      assert.deepEqual(await reader.backlog(ALPHA, 'normal', positions[2] as Position), {
        entries: 0,
        objects: 0,
        bytes: 0,
      });
      await writer.truncate(ALPHA, 'normal', positions[0] as Position);
      assert.equal((await reader.backlog(ALPHA, 'normal', LOG_START)).objects, 18);
    },
  },
];

async function checkPages({ writer, reader }: IntakeLogSubject): Promise<void> {
  const sizes = fc.array(
    fc.record({ objects: fc.integer({ min: 0, max: 9 }), bytes: fc.integer({ min: 0, max: 40 }) }),
    { maxLength: 25 },
  );
  const limits = fc.record({
    entries: fc.integer({ min: 1, max: 9 }),
    objects: fc.integer({ min: 0, max: 30 }),
    bytes: fc.integer({ min: 0, max: 120 }),
  });
  let run = 0;
  const property = fc.asyncProperty(sizes, limits, async (shapes, limit) => {
    const workspace = `page-${(run += 1)}` as MunchkinId;
    const entries = shapes.map(({ objects, bytes }) =>
      newEntry({ workspace, objects, body: Buffer.alloc(bytes, 'x') }),
    );
    await appendAll(writer, entries);
    const seen: Entry[] = [];
    for (;;) {
      const page = await reader.read(workspace, 'normal', seen.at(-1)?.position ?? LOG_START, limit);
      if (page.length === 0) break;
      assertIsLongestPage(page, entries.slice(seen.length), limit);
      seen.push(...page);
    }
    assertSameEntries(seen, entries);
  });
  await fc.assert(property, { numRuns: 40 });
}

function isWithin(entries: readonly NewEntry[], limit: ReadLimit): boolean {
  const objects = entries.reduce((sum, entry) => sum + entry.objects, 0);
  const bytes = entries.reduce((sum, entry) => sum + entry.body.byteLength, 0);
  return entries.length <= limit.entries && objects <= limit.objects && bytes <= limit.bytes;
}

function assertIsLongestPage(page: readonly Entry[], rest: readonly NewEntry[], limit: ReadLimit): void {
  assert.ok(page.length === 1 || isWithin(page, limit), 'a page of several entries stays within the limits');
  const longer = rest.slice(0, page.length + 1);
  assert.ok(longer.length === page.length || !isWithin(longer, limit), 'one more entry would not have fitted');
}
