/** Clauses of the store's exam: event tables. */
import assert from 'node:assert/strict';
import type { CellValue, ColumnType } from '#model/event-table.ts';
import {
  ALPHA,
  append,
  eventColumn,
  eventRows,
  eventTable,
  readEvents,
  type StoreClause,
  type StoreSubject,
} from './store-subject.ts';

interface Widening {
  readonly from: ColumnType;
  readonly to: ColumnType;
  /** Cells, and the JSON that they were. */
  readonly values: readonly (readonly [cell: CellValue, json: unknown])[];
}

const DOUBLES = [0, 1, -1, 0.1, 1.5, -2.5, 100, 1e15, 1e16, 123456789012345680, 1e20, 1e21, 1.5e21, 2 ** 60, 1e-4]
  .concat([1e-5, 1.5e-5, 1e-6, 1.25e-6, 1e-7, -1.5e-7, 5e-324, 1.7976931348623157e308, -1.0456663625853114e22])
  .map((number) => [number, number] as const);
const INTEGERS = [0, 1, -1, 2 ** 53 - 1, -(2 ** 53 - 1)].map((number) => [number, number] as const);
const LONGS = [9223372036854775807n, -9223372036854775808n].map((integer) => [integer, Number(integer)] as const);
const DIGITS = ['0', '99999999999999999999999999999999999999', '-12345678901234567890'].map(
  (text) => [text, Number(text)] as const,
);
const BOOLEANS = [
  [true, true],
  [false, false],
] as const;
const JSONS = ['{"a":[1,2,{"b":null}]}', '[]', '[1e400]', '{"__proto__":1}'].map(
  (text) => [text, JSON.parse(text) as unknown] as const,
);

const WIDENINGS: readonly Widening[] = [
  { from: 'integer', to: 'bigInteger', values: [...INTEGERS, ...LONGS] },
  { from: 'integer', to: 'decimal', values: INTEGERS },
  { from: 'integer', to: 'text', values: [...INTEGERS, ...LONGS] },
  { from: 'bigInteger', to: 'text', values: DIGITS },
  { from: 'decimal', to: 'text', values: DOUBLES },
  { from: 'boolean', to: 'text', values: BOOLEANS },
  { from: 'json', to: 'text', values: JSONS },
];

function wideningClause({ from, to, values }: Widening): StoreClause {
  return {
    name: `a column widens from ${from} to ${to} and gives each older value back`,
    check: async (subject) => {
      const cells = values.map(([cell]) => cell);
      const sent = values.map(([, json]) => ({ v: json }));
      await append(subject, eventRows(eventTable([eventColumn('v', from)]), 'v', [...cells, null]));
      const history = [{ type: from, until: cells.length + 1 }];
      const wide = eventTable([eventColumn('v', to, history), eventColumn('w', 'text')], { rows: cells.length + 1 });
      await append(subject, eventRows(wide, 'w', ['after']));
      assert.deepEqual(await readEvents(subject), [...sent, {}, { w: 'after' }]);
    },
  };
}

async function pages(subject: StoreSubject, limit: number, range: { from?: number; to?: number }): Promise<unknown[]> {
  const events: unknown[] = [];
  let start: number | undefined = 0;
  while (start !== undefined) {
    const page = await subject.reader.events(ALPHA, { database: 'db', table: 'tbl', start, limit, ...range });
    events.push(...(page?.events ?? []).map((text) => JSON.parse(text) as unknown));
    start = page?.next;
  }
  return events;
}

async function drop({ store }: StoreSubject, table = 'tbl'): Promise<void> {
  await store.transaction(ALPHA, (transaction) => transaction.dropEventTable({ database: 'db', table }));
}

const DROP_CLAUSES: readonly StoreClause[] = [
  {
    name: 'a dropped event table is gone with its rows, and its neighbours are not',
    check: async (subject) => {
      await append(subject, eventRows(eventTable([eventColumn('v', 'integer')]), 'v', [1, 2]));
      await append(subject, eventRows(eventTable([eventColumn('v', 'integer')], { table: 'other' }), 'v', [3]));
      await drop(subject);
      assert.deepEqual([...(await subject.store.eventTables(ALPHA)).keys()], ['db.other']);
      const names = (await subject.reader.eventTables(ALPHA)).map(({ table }) => table);
      assert.deepEqual(names, ['other']);
      assert.equal(await subject.reader.events(ALPHA, { database: 'db', table: 'tbl', start: 0, limit: 9 }), undefined);
    },
  },
  {
    name: 'a dropped event table begins anew: other columns, and ordinals from 0, in the same batch too',
    check: async (subject) => {
      await append(subject, eventRows(eventTable([eventColumn('v', 'text')]), 'v', ['a', 'b']));
      await drop(subject);
      await append(subject, eventRows(eventTable([eventColumn('v', 'integer')]), 'v', [7]));
      assert.deepEqual(await readEvents(subject), [{ v: 7 }]);
      const rows = eventRows(eventTable([eventColumn('w', 'boolean')]), 'w', [true, false]);
      await subject.store.transaction(ALPHA, async (transaction) => {
        await transaction.dropEventTable({ database: 'db', table: 'tbl' });
        await transaction.defineEventTable(rows.table);
        await transaction.appendEvents(rows);
      });
      assert.deepEqual(await readEvents(subject), [{ w: true }, { w: false }]);
      assert.equal((await subject.store.eventTables(ALPHA)).get('db.tbl')?.rows, 2);
    },
  },
  {
    name: 'a drop that is rolled back has not happened, and one of a table that is not there changes nothing',
    check: async (subject) => {
      await append(subject, eventRows(eventTable([eventColumn('v', 'integer')]), 'v', [1]));
      await drop(subject, 'nothing');
      const dropped = subject.store.transaction(ALPHA, async (transaction) => {
        await transaction.dropEventTable({ database: 'db', table: 'tbl' });
        throw new Error('taken back');
      });
      await assert.rejects(dropped, /taken back/);
      assert.deepEqual(await readEvents(subject), [{ v: 1 }]);
    },
  },
];

export const EVENT_CLAUSES: readonly StoreClause[] = [
  ...DROP_CLAUSES,
  ...WIDENINGS.map(wideningClause),
  {
    name: 'a column goes integer, decimal, text, and each row reads as it was written',
    check: async (subject) => {
      await append(subject, eventRows(eventTable([eventColumn('v', 'integer')]), 'v', [1, 2]));
      const first = { type: 'integer', until: 2 } as const;
      await append(subject, eventRows(eventTable([eventColumn('v', 'decimal', [first])]), 'v', [1.5, 1e16]));
      const second = { type: 'decimal', until: 4 } as const;
      const text = eventTable([eventColumn('v', 'text', [first, second])]);
      await append(subject, eventRows(text, 'v', ['1.0', '1e+16', '-0.0']));
      assert.deepEqual(
        await readEvents(subject),
        [1, 2, 1.5, 1e16, '1.0', '1e+16', '-0.0'].map((v) => ({ v })),
      );
    },
  },
  {
    name: 'integers come back to the last digit, after a widening too (law 10)',
    check: async (subject) => {
      const table = eventTable([eventColumn('v', 'integer'), eventColumn('w', 'bigInteger')]);
      const digits = '99999999999999999999999999999999999999';
      const cells = new Map<string, CellValue[]>([
        ['v', [-9223372036854775808n, 9007199254740993n]],
        ['w', [digits, null]],
      ]);
      await append(subject, { table, times: [1, 2], cells, sparse: new Map(), extras: [null, null] });
      const texts = async (): Promise<unknown> =>
        (await subject.reader.events(ALPHA, { database: 'db', table: 'tbl', start: 0, limit: 2 }))?.events;
      const sent = [`{"v":-9223372036854775808,"w":${digits}}`, '{"v":9007199254740993}'];
      assert.deepEqual(await texts(), sent);
      const columns = table.columns.map(({ column, type }) => eventColumn(column, 'text', [{ type, until: 2 }]));
      await append(subject, eventRows(eventTable(columns), 'v', []));
      assert.deepEqual(await texts(), sent);
    },
  },
  {
    name: 'texts of every kind come back as they were sent',
    check: async (subject) => {
      const texts = [
        '',
        ' ',
        `it's "quoted"`,
        'a\nb\r\n',
        '\u{1F600}\u{FFFD}日本',
        '\u0001',
        '\u0001\u0001',
        'null',
        '\\',
      ];
      await append(subject, eventRows(eventTable([eventColumn('v', 'text')]), 'v', [...texts, null]));
      assert.deepEqual(await readEvents(subject), [...texts.map((v) => ({ v })), {}]);
    },
  },
  {
    name: 'rows of many batches stay in order, and their ordinals go on',
    check: async (subject) => {
      const table = eventTable([eventColumn('v', 'integer')]);
      const sent: unknown[] = [];
      for (let batch = 0; batch < 5; batch += 1) {
        const values = Array.from({ length: batch === 2 ? 5000 : 3 }, (_, n) => batch * 10_000 + n);
        await append(subject, eventRows(table, 'v', values));
        sent.push(...values.map((v) => ({ v })));
      }
      assert.deepEqual(await readEvents(subject), sent);
      assert.equal((await subject.store.eventTables(ALPHA)).get('db.tbl')?.rows, sent.length);
    },
  },
  {
    name: 'events are paged by ordinal and filtered by time',
    check: async (subject) => {
      const table = eventTable([eventColumn('v', 'integer')]);
      const values = Array.from({ length: 20 }, (_, v) => v);
      await append(subject, { ...eventRows(table, 'v', values), times: values.map((v) => 100 + (v % 10)) });
      assert.deepEqual(
        await pages(subject, 7, {}),
        values.map((v) => ({ v })),
      );
      const wanted = values.filter((v) => v % 10 >= 2 && v % 10 < 5).map((v) => ({ v }));
      assert.deepEqual(await pages(subject, 2, { from: 102, to: 105 }), wanted);
      const exact = await subject.reader.events(ALPHA, { database: 'db', table: 'tbl', start: 0, limit: 20 });
      assert.equal(exact?.next, undefined, 'the last page names no next one');
      assert.equal(
        await subject.reader.events(ALPHA, { database: 'db', table: 'none', start: 0, limit: 1 }),
        undefined,
      );
    },
  },
  {
    name: '_extra gives back what the columns cannot tell',
    check: async (subject) => {
      const plain = eventTable([eventColumn('v', 'text')]);
      await append(subject, eventRows(plain, 'v', ['a']));
      const rows = eventRows({ ...plain, extra: true, rows: 1 }, 'v', ['1', null]);
      await append(subject, { ...rows, extras: ['{"v":1}', null] });
      assert.deepEqual(await readEvents(subject), [{ v: 'a' }, { v: 1 }, {}]);
    },
  },
  {
    name: 'columns of odd names, and 512 of them',
    check: async (subject) => {
      const odd = ['a"b', `it's`, '日本語', 'select', '__proto__', 'constructor', 'pos', 'c0', 'ordinal'];
      const names = [...odd, ...Array.from({ length: 512 - odd.length }, (_, n) => `column_${n}`)];
      const table = eventTable(names.map((name) => eventColumn(name, 'text')));
      const cells = new Map(names.map((name) => [name, [`value of ${name}`]]));
      await append(subject, { table, times: [1], cells, sparse: new Map(), extras: [null] });
      const page = await subject.reader.events(ALPHA, { database: 'db', table: 'tbl', start: 0, limit: 9 });
      const event = JSON.parse(page?.events[0] ?? '{}') as object;
      assert.deepEqual(new Map(Object.entries(event)), new Map(names.map((name) => [name, `value of ${name}`])));
    },
  },
  {
    name: 'the schema of a table is kept, and the greatest integer is found',
    check: async (subject) => {
      const history = [{ type: 'boolean', until: 0 }] as const;
      const table = eventTable([eventColumn('V', 'integer'), eventColumn('w', 'text', history)]);
      await append(subject, eventRows(table, 'V', [3, -9223372036854775808n, null]));
      const kept = { ...table, rows: 3 };
      assert.deepEqual((await subject.store.eventTables(ALPHA)).get('db.tbl'), kept);
      assert.deepEqual(await subject.reader.eventTables(ALPHA), [kept]);
      await subject.store.transaction(ALPHA, async (transaction) => {
        assert.equal(await transaction.greatestInteger(kept, 'V'), 9223372036854775808n);
      });
    },
  },
];
