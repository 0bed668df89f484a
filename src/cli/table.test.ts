import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { membersText, tableText } from './table.ts';

describe('tables', () => {
  it('puts numbers to the right and lists into one cell', () => {
    const rows = [
      ['Zoë', 5, ['a', 'b']],
      ['x', 1000, { k: 1 }],
    ];
    assert.equal(
      tableText(['name', 'n', 'more'], rows),
      'name     n  more\n────  ────  ───────\nZoë      5  a, b\nx     1000  {"k":1}\n',
    );
  });

  it('lets no value steer the terminal', () => {
    const text = membersText({ a: '\u001b[31mred\u009b\u202e\n', 'b\u0007': null });
    assert.equal(text, 'a        \\u001b[31mred\\u009b\\u202e\\n\nb\\u0007\n');
    assert.equal(tableText(['\u0007'], []), '\\u0007\n──────\n');
  });

  it('shows names alone when there are no rows', () => {
    assert.equal(tableText(['a', 'bc'], []), 'a  bc\n─  ──\n');
  });
});
