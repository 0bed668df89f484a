import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { EventContext } from './event-placeholders.ts';
import { readBackEvent } from './event-readback.ts';
import { EventRowsBuilder } from './event-rows.ts';
import type { BuiltEvents } from './event-rows.ts';
import type { CellValue, EventTable, EventRows } from './event-table.ts';
import { parseJson } from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';

const ACCEPTED_AT = 1_700_000_000_500;
const RECEIPT = 1_700_000_000;

function emptyTable(): EventTable {
  return { database: 'db', table: 'tbl', columns: [], extra: false, rows: 0 };
}

interface Grown extends BuiltEvents {
  readonly rows: EventRows;
}

/** Grows its table batch by batch; its greatest integer is always 2^53 + 1, unless told. */
class Growing {
  table: EventTable = emptyTable();

  apply(events: readonly JsonObject[], options: { maxColumns?: number; greatest?: bigint } = {}): Grown {
    const builder = new EventRowsBuilder(this.table, { maxColumns: options.maxColumns ?? 512 });
    for (const event of events) builder.add(event, { acceptedAt: ACCEPTED_AT });
    const greatest = options.greatest ?? 2n ** 53n + 1n;
    const built = builder.finish(new Map(builder.checksNeeded().map((column) => [column, greatest])));
    this.table = { ...built.table, rows: this.table.rows + events.length };
    const [rows] = [...built.parts(Infinity)];
    assert.ok(rows);
    return { ...built, rows };
  }
}

suite('columns of events', () => {
  function typesOf(greatest: bigint, ...batches: string[][]): (string | undefined)[] {
    const growing = new Growing();
    for (const texts of batches) {
      growing.apply(
        texts.map((text) => parseJson(`{"k":${text}}`) as JsonObject),
        { greatest },
      );
    }
    return growing.table.columns.map(({ type }) => type);
  }

  test('types are those of the JSON, and widen as E7 says', () => {
    assert.deepEqual(typesOf(1n, ['1']), ['integer']);
    assert.deepEqual(typesOf(1n, ['1'], ['9223372036854775808']), ['bigInteger']);
    assert.deepEqual(typesOf(1n, ['1'], ['0.5']), ['decimal']);
    assert.deepEqual(typesOf(2n ** 53n + 1n, ['9007199254740993'], ['0.5']), ['text']);
    assert.deepEqual(typesOf(1n, ['0.5'], ['9007199254740993']), ['text']);
    assert.deepEqual(typesOf(1n, ['true'], ['1']), ['text']);
    assert.deepEqual(typesOf(1n, ['[]'], ['{}']), ['json']);
    assert.deepEqual(typesOf(1n, ['[]'], ['"x"']), ['text']);
    assert.deepEqual(typesOf(1n, ['null']), []);
    assert.deepEqual(typesOf(1n, ['1'], ['null']), ['integer']);
    assert.deepEqual(typesOf(1n, ['1e400']), ['decimal']);
    assert.deepEqual(typesOf(1n, [`1${'0'.repeat(38)}1`]), ['text']);
  });

  test('the store is asked for its greatest integer only when the type depends on it', () => {
    const store = new Growing();
    store.apply([{ k: 1, l: 1 }]);
    const builder = new EventRowsBuilder(store.table, { maxColumns: 512 });
    builder.add({ k: 0.5, l: 'x' }, { acceptedAt: ACCEPTED_AT });
    assert.deepEqual(builder.checksNeeded(), ['k']);
    const { table } = builder.finish(new Map([['k', 2n ** 53n + 1n]]));
    assert.deepEqual(
      table.columns.map(({ type }) => type),
      ['text', 'text'],
    );
  });

  test('ordinary events need no `_extra`, and a batch that brings nothing new grows nothing', () => {
    const store = new Growing();
    const first = store.apply([{ event: 'click', count: 1, tags: ['a'] }]);
    assert.equal(first.grown, true);
    assert.deepEqual(first.rows.extras, [null]);
    const second = store.apply([{ count: 2 }, { event: 'view' }]);
    assert.equal(second.grown, false);
    assert.equal(second.table.extra, false);
    assert.deepEqual(
      [...second.rows.cells],
      [
        ['event', [null, 'view']],
        ['count', [2, null]],
      ],
    );
    assert.equal(store.apply([{ count: null }]).grown, true);
    assert.equal(store.table.extra, true);
  });

  test('an event without members makes a table of its own', () => {
    const built = new Growing().apply([{}]);
    assert.equal(built.grown, true);
    assert.deepEqual(built.rows.times, [RECEIPT]);
  });

  test('keys beyond the limit are kept whole, visibly', () => {
    const store = new Growing();
    const { rows } = store.apply(
      [
        { a: 1, b: 2, c: 3 },
        { b: 4, d: 5 },
      ],
      { maxColumns: 2 },
    );
    assert.deepEqual([...rows.cells.keys()], ['a', 'b']);
    assert.deepEqual(rows.extras, ['{"c":3}', '{"d":5}']);
  });

  test('each key has a column of its own, whatever it looks like', () => {
    const { table } = new Growing().apply([
      parseJson('{"Col":1,"col":2,"__proto__":3,"time":"x","_extra":4,"col_1":5}') as JsonObject,
    ]);
    const names = Object.fromEntries(table.columns.map(({ key, column }) => [`key ${key}`, column]));
    assert.deepEqual(names, {
      'key Col': 'col',
      'key col': 'col_1',
      'key __proto__': '__proto__',
      'key time': 'time_1',
      'key _extra': '_extra_1',
      'key col_1': 'col_1_1',
    });
  });
});

suite('parts of a batch', () => {
  test('law 6: no part holds more cells than were asked for, and together they are the whole, in order', () => {
    const builder = new EventRowsBuilder(emptyTable(), { maxColumns: 512 });
    for (let i = 0; i < 1_000; i += 1) builder.add({ [`key${i % 200}`]: i, all: i }, { acceptedAt: ACCEPTED_AT });
    const built = builder.finish(new Map());
    const parts = [...built.parts(10_000)];
    for (const { cells, times } of parts) assert.ok(cells.size * times.length <= 10_000);
    assert.equal(built.rowCount, 1_000);
    assert.deepEqual(
      parts.flatMap(({ cells }) => cells.get('all') ?? []),
      Array.from({ length: 1_000 }, (_, i) => i),
    );
  });

  test('a column that fewer than one row in sixteen has is sparse, in whichever part its rows are', () => {
    const builder = new EventRowsBuilder(emptyTable(), { maxColumns: 512 });
    for (let i = 0; i < 33; i += 1) {
      const rare = i === 3 || i === 20 ? { rare: i, rare_or_null: i === 20 ? null : i } : {};
      builder.add({ all: i, ...rare, ...(i % 12 === 3 ? { often: `text ${i}` } : {}) }, { acceptedAt: ACCEPTED_AT });
    }
    const parts = [...builder.finish(new Map()).parts(30)];
    assert.deepEqual(
      parts.map(({ times }) => times.length),
      [14, 14, 5],
    );
    assert.deepEqual(
      parts.map(({ cells, sparse }) => [[...cells.keys()], [...sparse]]),
      [
        [
          ['all', 'often'],
          [
            ['rare', { rows: [3], values: [3] }],
            ['rare_or_null', { rows: [3], values: [3] }],
          ],
        ],
        [
          ['all', 'often'],
          [
            ['rare', { rows: [6], values: [20] }],
            ['rare_or_null', { rows: [6], values: [null] }],
          ],
        ],
        [['all'], []],
      ],
    );
  });

  test('a column that one row in sixteen has is none of the sparse ones', () => {
    const builder = new EventRowsBuilder(emptyTable(), { maxColumns: 512 });
    for (let i = 0; i < 32; i += 1) {
      builder.add(i % 16 === 0 ? { a: i, b: i } : { a: i }, { acceptedAt: ACCEPTED_AT });
    }
    const [rows] = [...builder.finish(new Map()).parts(Infinity)];
    assert.deepEqual([...(rows?.cells.keys() ?? [])], ['a', 'b']);
    assert.equal(rows?.sparse.size, 0);
  });

  test('a column that no row of a part has is none of the part', () => {
    const builder = new EventRowsBuilder(emptyTable(), { maxColumns: 512 });
    for (const event of [{ a: 1 }, { b: 2 }]) builder.add(event, { acceptedAt: ACCEPTED_AT });
    const names = [...builder.finish(new Map()).parts(2)].map(({ cells }) => [...cells.keys()]);
    assert.deepEqual(names, [['a'], ['b']]);
  });
});

suite('members with a meaning', () => {
  function store(event: JsonObject, context: Omit<EventContext, 'acceptedAt'> = {}): { time: number; back: JsonValue } {
    const builder = new EventRowsBuilder(emptyTable(), { maxColumns: 512 });
    builder.add(event, { acceptedAt: ACCEPTED_AT, ...context });
    const { parts, table } = builder.finish(new Map());
    const [rows] = [...parts(Infinity)];
    assert.ok(rows);
    const cells = new Map([...rows.cells].map(([column, values]) => [column, values[0] as CellValue]));
    const row = { ordinal: 0, time: rows.times[0] as number, cells, extra: rows.extras[0] as string | null };
    return { time: row.time, back: parseJson(readBackEvent(table, row)) };
  }

  test('td_record_time within its window sets the time and is gone; another is kept', () => {
    const day = 86_400;
    for (const offset of [-7 * day, 0, 3 * day]) {
      const sent = { td_record_time: String(RECEIPT + offset), a: 1 };
      assert.deepEqual(store(sent), { time: RECEIPT + offset, back: { a: 1 } });
    }
    for (const value of [RECEIPT - 7 * day - 1, RECEIPT + 3 * day + 1, 'yesterday', 1.5, null]) {
      assert.deepEqual(store({ td_record_time: value }), { time: RECEIPT, back: { td_record_time: value } });
    }
  });

  test("a sender's time is the row's when it can be, and never disappears (law 10)", () => {
    for (const value of [0, 2 ** 33, 1_448_344_701])
      assert.deepEqual(store({ time: value }), { time: value, back: { time: value } });
    assert.deepEqual(store({ time: '1448344701' }), { time: 1_448_344_701, back: { time: '1448344701' } });
    for (const value of ['2021-04-09T15:22:40Z', -1, 2 ** 33 + 1, 1.5, true, null, '', '12345678901']) {
      assert.deepEqual(store({ time: value }), { time: RECEIPT, back: { time: value } });
    }
    const both = { td_record_time: RECEIPT - 5, time: 7 };
    assert.deepEqual(store(both), { time: RECEIPT - 5, back: { time: 7 } });
  });

  test('what steers the request is never stored', () => {
    assert.deepEqual(store({ td_write_key: '1/abc', td_format: 'pixel', td_redirect: 'x', a: 1 }).back, { a: 1 });
  });

  test('placeholders are filled from the request, and stay where nothing is known', () => {
    const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
    const sent = {
      td_ip: 'td_ip',
      td_ua: 'td_ua',
      td_browser: 'td_browser',
      td_browser_version: 'td_browser_version',
      td_os: 'td_os',
      td_os_version: 'td_os_version',
      td_global_id: 'td_global_id',
    };
    const filled = {
      ...sent,
      td_ip: '192.0.2.1',
      td_ua: userAgent,
      td_browser: 'Firefox',
      td_browser_version: '128.0',
      td_os: 'Linux',
    };
    assert.deepEqual(store(sent, { ip: '192.0.2.1', userAgent }).back, filled);
    assert.deepEqual(store(sent).back, sent);
    const globalId = '0b7e7c5f-4d2c-4c8e-9a55-2f6a1f3b9d10';
    const known = store({ td_global_id: 'td_global_id', a: 'td_global_id' }, { globalId }).back;
    assert.deepEqual(known, { td_global_id: globalId, a: 'td_global_id' });
    assert.deepEqual(store({ td_ip: 'mine', a: 'td_ip' }, { ip: '192.0.2.1' }).back, { td_ip: 'mine', a: 'td_ip' });
  });
});
