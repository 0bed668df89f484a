/**
 * Clauses on appending: order, wholeness, and that an answer means readable.
 * Owns: these clauses. Never: knows an engine.
 */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Entry, Envelope, NewEntry } from '#model/entry.ts';
import { LANES, LOG_START } from '#model/words.ts';
import type { MunchkinId } from '#model/words.ts';
import {
  ALPHA,
  appendAll,
  assertSameEntries,
  assertSameEntry,
  BETA,
  EVENT,
  EVERYTHING,
  newEntry,
  readLane,
} from './subject.ts';
import type { IntakeLogClause } from './subject.ts';

export const APPENDING_CLAUSES: readonly IntakeLogClause[] = [
  {
    name: 'an entry is readable, whole, when its append resolves',
    async check({ writer, reader }) {
      for (let index = 0; index < 20; index += 1) {
        const entry = newEntry();
        const position = await writer.append(entry);
        const found = await reader.find(ALPHA, entry.requestId);
        assertSameEntry(found, entry);
        assert.equal(found?.position, position);
      }
    },
  },
  {
    name: 'positions rise in the order of the calls, and reading gives that order back',
    async check({ writer, reader }) {
      const entries = Array.from({ length: 500 }, () => newEntry());
      const positions = await appendAll(writer, entries);
      assert.deepEqual(
        positions,
        [...positions].sort((left, right) => left - right),
      );
      assert.equal(new Set(positions).size, entries.length);
      assertSameEntries(await readLane(reader), entries);
    },
  },
  {
    name: 'appends of many concurrent callers keep the order of their calls, across lanes and workspaces',
    async check({ writer, reader }) {
      const calls: NewEntry[] = [];
      const caller = async (index: number): Promise<void> => {
        for (let round = 0; round < 20; round += 1) {
          const entry = newEntry({
            workspace: index % 3 === 0 ? BETA : ALPHA,
            lane: index % 2 === 0 ? 'high' : 'normal',
          });
          calls.push(entry);
          await writer.append(entry);
        }
      };
      await Promise.all(Array.from({ length: 24 }, (_, index) => caller(index)));
      for (const workspace of [ALPHA, BETA]) {
        for (const lane of LANES) {
          const expected = calls.filter((entry) => entry.workspace === workspace && entry.lane === lane);
          assertSameEntries(await reader.read(workspace, lane, LOG_START, EVERYTHING), expected);
        }
      }
    },
  },
  {
    name: 'a reader that follows the writer sees a prefix of the calls at every moment, without gap or double',
    async check({ writer, reader }) {
      const entries = Array.from({ length: 400 }, () => newEntry());
      let isDone = false;
      const appended = appendAll(writer, entries).finally(() => (isDone = true));
      // Awaited below; when an assertion fails before that, its rejection must not end the whole run.
      appended.catch(() => undefined);
      const seen: Entry[] = [];
      while (!isDone) {
        seen.push(...(await readLane(reader, 'normal', seen.at(-1)?.position)));
        assertSameEntries(seen, entries.slice(0, seen.length));
        await nextTurn();
      }
      await appended;
      seen.push(...(await readLane(reader, 'normal', seen.at(-1)?.position)));
      assertSameEntries(seen, entries);
    },
  },
  {
    name: 'bodies are bytes: empty, every value of a byte, and a mebibyte come back equal',
    async check({ writer, reader }) {
      const pool = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
      const bodies = [
        new Uint8Array(),
        pool.subarray(100, 400),
        Buffer.alloc(1_048_576, 'ÿ', 'latin1'),
        Buffer.from([0]),
      ];
      const entries = bodies.map((body) => newEntry({ body }));
      await appendAll(writer, entries);
      assertSameEntries(await readLane(reader), entries);
    },
  },
  {
    name: 'envelopes of every kind and any text come back equal',
    async check({ writer, reader }) {
      const clientId = 'ключ 鍵 🗝 \u0000 " \\ \ud800';
      const envelopes: readonly Envelope[] = [
        { ...EVENT, clientId, ip: '::1', userAgent: 'Möbius/1 (漢字)', traceparent: '00-1-2-01' },
        { kind: 'person', clientId, correlationId: 'c'.repeat(255) },
        { kind: 'customObject', clientId, apiName: 'Käufe', requestSource: '__proto__' },
      ];
      const entries = envelopes.map((envelope) => newEntry({ envelope }));
      await appendAll(writer, entries);
      assertSameEntries(await readLane(reader), entries);
    },
  },
  {
    name: 'a thousand workspaces in one burst keep their entries apart (law 7)',
    async check({ writer, reader }) {
      const workspaces = Array.from(
        { length: 1_000 },
        (_, index) => `${100 + (index % 900)}-WSP-${100 + index}` as MunchkinId,
      );
      const entries = [...workspaces, ...workspaces].map((workspace) => newEntry({ workspace }));
      await appendAll(writer, entries);
      assert.equal((await writer.totals()).length, workspaces.length);
      for (const workspace of workspaces.filter((_, index) => index % 97 === 0)) {
        const expected = entries.filter((entry) => entry.workspace === workspace);
        assertSameEntries(await reader.read(workspace, 'normal', LOG_START, EVERYTHING), expected);
      }
    },
  },
];
