/**
 * Clauses on where a log may be cut: by age, by bytes, and never beyond what is given.
 * Owns: these clauses. Never: knows an engine.
 */
import assert from 'node:assert/strict';
import { ENTRY_OVERHEAD_BYTES } from '#model/entry.ts';
import { LOG_START } from '#model/words.ts';
import type { Position } from '#model/words.ts';
import { ALPHA, assertSameEntries, BETA, newEntry, readLane } from './subject.ts';
import type { IntakeLogClause, IntakeLogSubject } from './subject.ts';

const NOON = 1_795_000_000_000;
const BODY_BYTES = 1_000;
const KEPT_EACH: number = BODY_BYTES + ENTRY_OVERHEAD_BYTES;
const ALL = 1_000_000_000;

/** Entries of a thousand bytes, a second apart from noon on, each in a commit of its own. */
async function appendInTurn({ writer }: IntakeLogSubject, count: number): Promise<readonly Position[]> {
  const positions: Position[] = [];
  for (let at = 0; at < count; at += 1) {
    const entry = newEntry({ acceptedAt: NOON + at * 1_000, body: Buffer.alloc(BODY_BYTES, 'x') });
    positions.push(await writer.append(entry));
  }
  return positions;
}

export const RETENTION_CLAUSES: readonly IntakeLogClause[] = [
  {
    name: 'kept bytes are those up to the position, of that lane and workspace, that were not truncated',
    async check(log) {
      const { writer, reader } = log;
      assert.equal(await reader.keptBytes(ALPHA, 'normal', 1 as Position), 0);
      const positions = await appendInTurn(log, 6);
      await writer.append(newEntry({ lane: 'high' }));
      await writer.append(newEntry({ workspace: BETA }));
      const kept = (at: number): Promise<number> => reader.keptBytes(ALPHA, 'normal', positions[at] as Position);
      assert.equal(await reader.keptBytes(ALPHA, 'normal', LOG_START), 0);
      assert.equal(await kept(0), KEPT_EACH);
      assert.equal(await kept(5), 6 * KEPT_EACH);
      await writer.truncate(ALPHA, 'normal', positions[1] as Position);
      assert.equal(await kept(5), 4 * KEPT_EACH);
      assert.equal(await kept(1), 0);
    },
  },
  {
    name: 'the truncation point is the last of the oldest entries accepted before a time, not beyond the position',
    async check(log) {
      const { reader } = log;
      const positions = await appendInTurn(log, 6);
      const point = (before: number, through: number): Promise<Position | undefined> =>
        reader.truncationPoint(ALPHA, 'normal', { through: positions[through] as Position, before, maxBytes: ALL });
      assert.equal(await point(NOON, 5), undefined, 'the time itself is kept');
      assert.equal(await point(NOON + 1, 5), positions[0]);
      assert.equal(await point(NOON + 3_500, 5), positions[3]);
      assert.equal(await point(NOON + 3_500, 1), positions[1]);
      assert.equal(await point(NOON + 60_000, 4), positions[4], 'what is not applied stays, however old');
      const nothing = { through: LOG_START, before: NOON + 60_000, maxBytes: 0 };
      assert.equal(await reader.truncationPoint(ALPHA, 'normal', nothing), undefined);
      assert.equal(
        await reader.truncationPoint(BETA, 'normal', { ...nothing, through: positions[5] as Position }),
        undefined,
      );
    },
  },
  {
    name: 'the truncation point leaves no more bytes than it may behind it, of those up to the position',
    async check(log) {
      const { writer, reader } = log;
      const positions = await appendInTurn(log, 6);
      const point = (maxBytes: number, through: number): Promise<Position | undefined> =>
        reader.truncationPoint(ALPHA, 'normal', { through: positions[through] as Position, before: NOON, maxBytes });
      assert.equal(await point(6 * KEPT_EACH, 5), undefined);
      assert.equal(await point(6 * KEPT_EACH - 1, 5), positions[0]);
      assert.equal(await point(2 * KEPT_EACH, 5), positions[3]);
      assert.equal(await point(2 * KEPT_EACH, 2), positions[0]);
      assert.equal(await point(0, 5), positions[5]);
      await writer.truncate(ALPHA, 'normal', positions[3] as Position);
      assert.equal(await point(2 * KEPT_EACH, 5), undefined);
      assert.equal(await point(KEPT_EACH, 5), positions[4]);
    },
  },
  {
    name: 'steps of truncation end, with exactly what is younger left, and what came in meanwhile',
    async check(log) {
      const { writer, reader } = log;
      const positions = await appendInTurn(log, 700);
      const through = positions[649] as Position;
      const late = newEntry({ acceptedAt: NOON + 700_000 });
      let steps = 0;
      for (;;) {
        const limit = { through, before: NOON + 600_000, maxBytes: ALL };
        const point = await reader.truncationPoint(ALPHA, 'normal', limit);
        if (point === undefined) break;
        await writer.truncate(ALPHA, 'normal', point);
        steps += 1;
        if (steps === 1) await writer.append(late);
        assert.ok(steps <= 600, 'each step truncates something');
      }
      const left = await readLane(reader);
      assert.equal(left.length, 101);
      assert.equal(left[0]?.position, positions[600]);
      assertSameEntries(left.slice(-1), [late]);
      assert.equal(await reader.keptBytes(ALPHA, 'normal', through), 50 * KEPT_EACH);
    },
  },
];
