import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { columnName, eventNameProblem, foldEventName } from './event-names.ts';

function columnsFor(keys: readonly string[]): string[] {
  const taken = new Set<string>();
  return keys.map((key) => {
    const name = columnName(key, (column) => taken.has(column));
    taken.add(name);
    return name;
  });
}

suite('names of databases and tables (E1, E2)', () => {
  test('letters, digits and _, folded to lower case', () => {
    for (const name of ['test_db', 'A', '010_x', '_', 'x'.repeat(255)]) {
      assert.equal(eventNameProblem('database', name), undefined, name);
      assert.equal(eventNameProblem('table', name), undefined, name);
    }
    assert.equal(foldEventName('Test_DB'), 'test_db');
    for (const name of ['', 'x'.repeat(256), 'a-b', 'a.b', '..', '%2e', 'ä', 'a b', 'a\n', 'a/b']) {
      assert.match(eventNameProblem('table', name) ?? '', /^the table name must have/, name);
    }
  });

  test("the stores' own schemas are no databases, in any case", () => {
    const own = ['main', 'Public', 'temp', 'system', 'inlet', 'inlet_base', 'information_schema', 'pg_catalog', 'PG_x'];
    for (const name of own) {
      assert.match(eventNameProblem('database', name) ?? '', /belongs to the store/, name);
      assert.equal(eventNameProblem('table', name), undefined, name);
    }
  });
});

suite('names of columns (E3)', () => {
  test('readable, folded, and apart from what is taken', () => {
    assert.deepEqual(
      columnsFor(['Name', 'user-id', '1st', '', 'アイテム', 'e\u0301', 'ÉTÉ', 'a.b c', '😀', '__proto__']),
      ['name', 'user_id', '_1st', '_', 'アイテム', 'é', 'été', 'a_b_c', '__1', '__proto__'],
    );
    assert.deepEqual(columnsFor(['Col', 'col', 'COL', 'col_1']), ['col', 'col_1', 'col_2', 'col_1_1']);
    assert.deepEqual(columnsFor(['time', 'rowid', 'xmin', '_extra']), ['time_1', 'rowid_1', 'xmin_1', '_extra_1']);
  });

  test('long names keep their beginning and differ by a hash', () => {
    const [first, second] = columnsFor([`${'x'.repeat(100)}1`, `${'x'.repeat(100)}2`]) as [string, string];
    assert.equal(first.length, 63);
    assert.notEqual(first, second);
    assert.match(first, /^x{54}_[0-9a-f]{8}$/);
    assert.deepEqual(columnsFor([`${'x'.repeat(100)}1`]), [first]);
  });

  test('any keys have different columns that every store takes and folds no further', () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.constantFrom('a', 'A', 'a_1', 'İ', 'ǅ', 'ſ', 'K'),
    );
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 40 }), (keys) => {
        const columns = columnsFor(keys);
        assert.equal(new Set(columns.map((column) => column.toLowerCase())).size, keys.length);
        for (const column of columns) {
          assert.ok(Buffer.byteLength(column) <= 63 && /^[\p{L}\p{M}_][\p{L}\p{M}\p{N}_]*$/u.test(column), column);
        }
        assert.deepEqual(columnsFor(keys), columns);
      }),
      { numRuns: 500 },
    );
  });
});
