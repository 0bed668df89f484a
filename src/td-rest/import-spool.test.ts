import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openImportSpool } from './import-spool.ts';

test('law 6: chunks come back as they were, in the same memory one after the other', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'inlet-spool-'));
  try {
    await using spool = await openImportSpool(directory);
    const texts = ['[{}]', `["${'x'.repeat(100_000)}"]`, '', '[1,2]'];
    for (const [records, text] of texts.entries()) await spool.add({ records, body: Buffer.from(text) });
    const read = await Array.fromAsync(spool.chunks(1), ({ records, body }) => {
      return { records, text: Buffer.from(body).toString(), place: body.buffer };
    });
    assert.deepEqual(
      read.map(({ records, text }) => [records, text]),
      [...texts.entries()].slice(1),
    );
    assert.equal(new Set(read.map(({ place }) => place)).size, 1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
