/** Applies numbered batches to the store in `argv[2]` until a crash point ends the process; prints each commit. */
import type { Position } from '#model/words.ts';
import { journalEvent, onePerRow } from '../../../tests/exams/store-history-subject.ts';
import {
  ALPHA,
  EMAIL,
  eventColumn,
  eventRows,
  eventTable,
  field,
  NOON,
  personRun,
  requestRecord,
} from '../../../tests/exams/store-subject.ts';
import { waitingCar } from '../../../tests/exams/store-waiting-subject.ts';
import { openDuckDbStores } from './store.ts';

const stores = openDuckDbStores({ directory: process.argv[2] ?? '', memoryLimitBytes: 256_000_000, threads: 1 });
const start = (await stores.checkpoint(ALPHA)).normal;
for (let n = start + 1; n <= start + 4; n += 1) {
  // Each batch adds a table, a column and a field, and widens what the one before has written.
  const types = ['integer', 'decimal', 'text', 'text'] as const;
  const history = types.slice(0, Math.min(n - 1, 2)).map((type, at) => ({ type, until: at + 1 }));
  const column = eventColumn('v', types[Math.min(n - 1, 3)] ?? 'text', history);
  const table = eventTable([column, ...Array.from({ length: n }, (_, at) => eventColumn(`c${at}`, 'text'))]);
  const note = field(`note${n}`);
  await stores.transaction(ALPHA, async (transaction) => {
    await transaction.definePersons([EMAIL, note]);
    await transaction.defineEventTable(table);
    await transaction.defineEventTable({ ...table, table: `t${n}` });
    const objects = [{ email: 'same@b.c', [note.name]: `${n}` }, { email: `${n}@b.c` }];
    await transaction.upsertPersons(onePerRow(personRun(objects, { fields: [EMAIL, note] }), n));
    await transaction.appendJournal([journalEvent(n, { time: NOON + n })]);
    await transaction.appendEvents(eventRows(table, 'v', [column.type === 'text' ? String(n) : n]));
    await transaction.recordRequests([requestRecord(n)]);
    // Two are put to wait. Of the two of the batch before, one is taken out, the other is woken and postponed.
    await transaction.addWaiting([waitingCar(`A${n}`, undefined), waitingCar(`B${n}`, `${n + 1}@b.c`)]);
    await transaction.removeWaiting([2 * n - 3]);
    const woken = await transaction.dueWaiting(0, { objects: 9, bytes: 9999 });
    await transaction.postponeWaiting(woken.map((object) => ({ ...object, attempts: 2, nextAttemptAt: NOON + n })));
    // The request of the batch before the last is forgotten, with its fates and its journal event.
    await transaction.retain({ before: NOON + n - 1, maxBytes: Number.MAX_SAFE_INTEGER, now: NOON + n });
    await transaction.advance('normal', n as Position);
  });
  process.stdout.write(`${n}\n`);
}
// No orderly end: what lies in the write-ahead log must be enough.
process.kill(process.pid, 'SIGKILL');
