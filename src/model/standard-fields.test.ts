import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { decideValue, DEFAULT_TEXT_BYTES, isValueProblem } from './field-value.ts';
import type { FieldDefinition } from './field.ts';
import { PERSON_SYSTEM_COLUMNS, STANDARD_PERSON_FIELDS } from './standard-fields.ts';

suite('standard fields', () => {
  test('90 recorded ones and four CRM ids, each name once', () => {
    assert.equal(STANDARD_PERSON_FIELDS.length, 94);
    assert.equal(new Set(STANDARD_PERSON_FIELDS.map(({ name }) => name.toLowerCase())).size, 94);
    assert.equal(new Set(STANDARD_PERSON_FIELDS.map(({ displayName }) => displayName)).size, 94);
    assert.equal(STANDARD_PERSON_FIELDS.filter(({ name }) => name.startsWith('sfdc')).length, 4);
  });

  test('columns that the store sets itself are never fields of a run', () => {
    const named = STANDARD_PERSON_FIELDS.filter(({ name }) => PERSON_SYSTEM_COLUMNS.has(name.toLowerCase()));
    assert.deepEqual(
      named.map(({ name, readOnly }) => [name, readOnly]),
      [
        ['id', true],
        ['createdAt', true],
        ['updatedAt', true],
      ],
    );
  });

  test('every field takes null, and every field that senders may set takes a value of its type', () => {
    const samples = { string: 'x', text: 'x', integer: 1, float: 1.5, currency: 2, boolean: true, date: '2020-02-29' };
    const more = {
      ...samples,
      datetime: '2020-02-29T00:00:00Z',
      email: 'a@b.co',
      phone: '1',
      url: 'x',
      score: 1,
      percent: 1,
    };
    for (const field of STANDARD_PERSON_FIELDS.filter(({ readOnly }) => readOnly !== true)) {
      assert.ok(field.dataType !== 'reference');
      assert.equal(isValueProblem(decideValue(field, more[field.dataType])), false, field.name);
      assert.equal(decideValue(field, null), field.dataType === 'boolean' ? false : null);
    }
  });

  test('docs/reference/fields.md tells the same', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/reference/fields.md'), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    assert.deepEqual(rows, STANDARD_PERSON_FIELDS.map(documented));
  });
});

function documented({ name, displayName, dataType, length, readOnly }: FieldDefinition): string {
  const limit = dataType === 'text' ? `${DEFAULT_TEXT_BYTES} bytes` : (length ?? '');
  return `| \`${name}\` | ${displayName} | ${dataType} | ${limit} | ${readOnly === true ? 'yes' : ''} |`;
}
