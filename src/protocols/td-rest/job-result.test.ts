import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeMulti } from '@msgpack/msgpack';
import { formatResult } from './job-result.ts';
import type { ResultFormat } from './job-result.ts';
import { packedJson } from './packed.ts';

const RESULT = {
  columns: [
    { name: 'n', type: 'bigint' },
    { name: 'd', type: 'decimal' },
    { name: 't', type: 'text' },
  ],
  rows: [
    ['9223372036854775807', '0.10', '1'],
    [5, null, 'a\t"b",\né'],
    [null, '123456789012345678901234567890.5', ''],
  ],
};

function textIn(format: ResultFormat, header = false): string {
  return Buffer.from(formatResult(RESULT, format, header).bytes).toString();
}

function unpacked(bytes: Uint8Array): readonly unknown[] {
  return [...decodeMulti(bytes, { useBigInt64: true })];
}

test('law 10: JSON has an array a line, with every digit of a number and texts as they are', () => {
  const lines = [
    '[9223372036854775807,0.10,"1"]',
    String.raw`[5,null,"a\t\"b\",\né"]`,
    '[null,123456789012345678901234567890.5,""]',
    '',
  ];
  assert.equal(textIn('json'), lines.join('\n'));
  assert.equal(textIn('jsonl'), lines.join('\n'));
});

test('csv and tsv quote what they must, and tell NULL from an empty text', () => {
  const csv = '9223372036854775807,0.10,1\n5,,"a\t""b"",\né"\n,123456789012345678901234567890.5,""\n';
  assert.equal(textIn('csv'), csv);
  assert.equal(textIn('csv', true), `n,d,t\n${csv}`);
  assert.equal(textIn('tsv', true), `n\td\tt\n${csv.replace(/,(?!\n)/g, '\t').replace('a\t""b""\t', 'a\t""b"",')}`);
});

test('law 10: MessagePack keeps integers of 64 bits, and longer numbers as texts', () => {
  const rows = [
    [2n ** 63n - 1n, '0.10', '1'],
    [5, null, 'a\t"b",\né'],
    [null, '123456789012345678901234567890.5', ''],
  ];
  assert.deepEqual(unpacked(formatResult(RESULT, 'msgpack', false).bytes), rows);
  assert.deepEqual(unpacked(gunzipSync(formatResult(RESULT, 'msgpack.gz', false).bytes)), rows);
});

test('a JSON value is packed with its exact integers, and a key __proto__ with its own', () => {
  const text = '{"__proto__":1,"big":18446744073709551615,"huge":18446744073709551616,"list":[null,true,0.5]}';
  const value = JSON.parse(text, (_key, member: unknown, { source }: { source?: string }) =>
    typeof member === 'number' && !Number.isSafeInteger(member) && Number.isInteger(member)
      ? JSON.rawJSON(source ?? '')
      : member,
  ) as Parameters<typeof packedJson>[0];
  const bytes = Buffer.from(packedJson(value));
  assert.ok(bytes.includes('__proto__'));
  assert.ok(bytes.includes('18446744073709551616'));
  assert.ok(bytes.includes(Buffer.from([0xcf, 255, 255, 255, 255, 255, 255, 255, 255])));
});
