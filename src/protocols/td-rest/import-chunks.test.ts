import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, ExtData } from '@msgpack/msgpack';
import { parseJson } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';
import { importChunks } from './import-chunks.ts';
import type { ImportChunk } from './import-chunks.ts';

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function packed(...records: readonly unknown[]): Uint8Array {
  return Buffer.concat(records.map((record) => encode(record, { useBigInt64: true })));
}

async function chunksOf(bytes: Uint8Array, size = 7): Promise<readonly ImportChunk[]> {
  return Array.fromAsync(importChunks(pieces(bytes, size)), ({ records, body }) => ({ records, body: body.slice() }));
}

function textOf(chunk: ImportChunk | undefined): string {
  return Buffer.from(chunk?.body ?? []).toString();
}

async function recordOf(record: unknown): Promise<JsonValue> {
  const [chunk] = await chunksOf(packed(record));
  const [only] = parseJson(textOf(chunk)) as readonly JsonValue[];
  return only as JsonValue;
}

const refusal = (code: string, message: RegExp) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, code);
  assert.match((error as Error).message, message);
  return true;
};

test('records come out whole and in order, wherever the stream is cut', async () => {
  const bytes = packed({ a: 1 }, { b: 'ünï 😀' }, {});
  for (const size of [1, 2, 3, 5, 100]) {
    const chunks = await chunksOf(bytes, size);
    assert.deepEqual(chunks.map(textOf), ['[{"a":1},{"b":"ünï 😀"},{}]']);
    assert.equal(chunks[0]?.records, 3);
  }
});

test('an import without records makes no chunk', async () => {
  assert.deepEqual(await chunksOf(new Uint8Array()), []);
});

test('a chunk holds at most 10,000 records and about a mebibyte', async () => {
  const many = await chunksOf(packed(...Array.from({ length: 10_001 }, (_, n) => ({ n }))), 4096);
  assert.deepEqual(
    many.map(({ records }) => records),
    [10_000, 1],
  );
  const wide = await chunksOf(packed(...Array.from({ length: 5 }, () => ({ s: 'x'.repeat(500_000) }))), 65_536);
  assert.deepEqual(
    wide.map(({ records }) => records),
    [2, 2, 1],
  );
});

test('law 6: chunks lie in the same memory, one after the other', async () => {
  const bytes = packed(...Array.from({ length: 5 }, () => ({ s: 'x'.repeat(500_000) })));
  const places = await Array.fromAsync(importChunks(pieces(bytes, 65_536)), ({ body }) => body.buffer);
  assert.equal(places.length, 3);
  assert.equal(new Set(places).size, 1);
});

test('law 10: integers of 64 bits and doubles are exact', async () => {
  const record = { max: 2n ** 64n - 1n, min: -(2n ** 63n), double: 0.1, huge: 1e300, small: 5 };
  const [chunk] = await chunksOf(packed(record));
  const expected = '[{"max":18446744073709551615,"min":-9223372036854775808,"double":0.1,"huge":1e+300,"small":5}]';
  assert.equal(textOf(chunk), expected);
});

test('what JSON has no word for is told as the document says', async () => {
  assert.deepEqual(await recordOf({ n: NaN, i: -Infinity, l: [NaN, { x: Infinity }] }), {
    n: 'NaN',
    i: '-Infinity',
    l: ['NaN', { x: 'Infinity' }],
  });
  assert.deepEqual(await recordOf({ text: Buffer.from('é'), bytes: new Uint8Array([255, 0]) }), {
    text: 'é',
    bytes: '/wA=',
  });
  assert.deepEqual(await recordOf({ e: new ExtData(5, new Uint8Array([1, 2])) }), { e: { type: 5, data: 'AQI=' } });
});

test('law 10: a moment is whole seconds, or ISO 8601 with every nanosecond', async () => {
  const at = (sec: number, nsec: number): ExtData => {
    const bytes = new DataView(new ArrayBuffer(12));
    bytes.setUint32(0, nsec);
    bytes.setBigInt64(4, BigInt(sec));
    return new ExtData(-1, new Uint8Array(bytes.buffer));
  };
  assert.deepEqual(await recordOf({ time: new Date(1_700_000_000_000) }), { time: 1_700_000_000 });
  assert.deepEqual(await recordOf({ t: new Date(1_700_000_000_250) }), { t: '2023-11-14T22:13:20.25Z' });
  assert.deepEqual(await recordOf({ t: at(1_700_000_000, 123_456_789) }), { t: '2023-11-14T22:13:20.123456789Z' });
  assert.deepEqual(await recordOf({ t: at(-1, 0) }), { t: -1 });
});

test('an import that ends in the middle of a record is refused', async () => {
  const bytes = packed({ a: 1 }, { long: 'x'.repeat(100), n: 5 });
  for (const cut of [1, 2, 50, 100, 106]) {
    await assert.rejects(chunksOf(bytes.subarray(0, bytes.length - cut)), refusal('td-422', /middle of a record/));
  }
});

test('anything but maps is refused', async () => {
  for (const record of [null, 1, 'text', [1], new Uint8Array([1]), new ExtData(1, new Uint8Array([1]))]) {
    await assert.rejects(chunksOf(packed({ a: 1 }, record, { b: 2 })), refusal('td-422', /must be a map/));
  }
  await assert.rejects(chunksOf(new Uint8Array([0xc1])), refusal('td-422', /no MessagePack/));
});

test('law 6: a record that is too large is refused before it is in memory', async () => {
  await assert.rejects(chunksOf(packed({ s: 'x'.repeat(2_000_000) }), 65_536), refusal('td-422', /no MessagePack/));
  const strings = Array.from({ length: 100 }, () => 'x'.repeat(100_000));
  let taken = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces(packed({ strings }), 65_536)) {
      taken += piece.length;
      yield piece;
    }
  }
  await assert.rejects(Array.fromAsync(importChunks(counted())), refusal('td-413', /1048064 bytes/));
  assert.ok(taken < 1_300_000, `${taken} bytes were taken`);
});

test('law 6: a record that is nested too deep is refused', async () => {
  let value: unknown = 1;
  for (let depth = 0; depth < 250; depth += 1) value = [value];
  const nested = Buffer.concat([Buffer.from([0x81, 0xa1, 0x61]), Buffer.alloc(250, 0x91), Buffer.from([1])]);
  await assert.rejects(chunksOf(nested), refusal('td-422', /deeper than 200/));
});
