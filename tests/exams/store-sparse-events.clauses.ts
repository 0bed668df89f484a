/** A clause of the store's exam: columns of an event table that few rows of a batch have. */
import assert from 'node:assert/strict';
import type { CellValue, ColumnType } from '#model/event-table.ts';
import { ALPHA, append, eventColumn, eventRows, eventTable, type StoreClause } from './store-subject.ts';

interface SparseSample {
  readonly type: ColumnType;
  /** Cells, and the JSON as which they are read; undefined for one that is null. */
  readonly values: readonly (readonly [cell: CellValue, json: string | undefined])[];
}

const ODD_TEXTS = [
  '',
  ' ',
  '"',
  '\\',
  '\\u0000',
  'a\nb',
  '\u0001',
  '\u0001\u0001',
  '\u007F\u2028日\u{1F600}',
  '{"0":"1"}',
  'null',
];
const SOME_INTEGERS = [0, -1, 2 ** 53 - 1, 9223372036854775807n, -9223372036854775808n];
const ALL_DIGITS = ['99999999999999999999999999999999999999', '-12345678901234567890'];

const SPARSE: readonly SparseSample[] = [
  { type: 'text', values: [...ODD_TEXTS.map((text) => [text, JSON.stringify(text)] as const), [null, undefined]] },
  { type: 'integer', values: SOME_INTEGERS.map((cell) => [cell, String(cell)]) },
  { type: 'bigInteger', values: ALL_DIGITS.map((digits) => [digits, digits]) },
  { type: 'decimal', values: [0.1, -2.5e-7, 5e-324, 1.7976931348623157e308].map((cell) => [cell, String(cell)]) },
  { type: 'boolean', values: [true, false].map((cell) => [cell, String(cell)]) },
  { type: 'json', values: ['{"a":"\\"\\\\"}', '[1e400,12345678901234567890,null]'].map((text) => [text, text]) },
];

export const SPARSE_EVENT_CLAUSES: readonly StoreClause[] = [
  {
    name: 'sparse columns come back beside others, with values of every type (law 10)',
    check: async (subject) => {
      const rows = Array.from({ length: 50 }, (_, row) => row);
      const table = eventTable([
        eventColumn('before', 'integer'),
        ...SPARSE.map(({ type }, at) => eventColumn(`sparse${at}`, type)),
        eventColumn('after', 'text'),
      ]);
      const after = rows.map((row) => (row % 3 === 0 ? '' : null));
      const sparse = SPARSE.map(({ values }, at) => {
        const cells = { rows: values.map((_, n) => at + n * 2), values: values.map(([cell]) => cell) };
        return [`sparse${at}`, cells] as const;
      });
      const cells = new Map<string, CellValue[]>(Object.entries({ before: rows, after }));
      await append(subject, { ...eventRows(table, 'before', rows), cells, sparse: new Map(sparse) });
      const sent = rows.map((row) => {
        const found = SPARSE.flatMap(({ values }, at) => {
          const json = (row - at) % 2 === 0 ? values[(row - at) / 2]?.[1] : undefined;
          return json === undefined ? [] : [`"sparse${at}":${json}`];
        });
        return `{${[`"before":${row}`, ...found, ...(after[row] === '' ? ['"after":""'] : [])].join(',')}}`;
      });
      const page = await subject.reader.events(ALPHA, { database: 'db', table: 'tbl', start: 0, limit: 99 });
      assert.deepEqual(page?.events, sent);
    },
  },
];
