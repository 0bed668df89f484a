import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ImportBody } from './import-body.ts';

/** Half a minute goes by at each look. */
function hastyClock(): { now(): number; monotonic(): number; sleep(): Promise<void> } {
  let ms = 0;
  return {
    now: () => 0,
    monotonic: () => (ms += 30_000),
    sleep: () => new Promise((resolve) => void setImmediate(resolve)),
  };
}

async function inflated(body: ImportBody): Promise<string> {
  let text = '';
  await body.inflate(async (pieces) => {
    for await (const piece of pieces) text += Buffer.from(piece).toString();
  });
  return text;
}

const steadyClock = {
  now: () => 0,
  monotonic: () => 0,
  sleep: () => new Promise<void>((resolve) => void setImmediate(resolve)),
};

test('a body is inflated, gzips one behind the other too, and hashed as it was sent', async () => {
  const bytes = Buffer.concat([gzipSync('first '), gzipSync('second')]);
  using body = new ImportBody(Readable.from([bytes], { objectMode: false }) as IncomingMessage, steadyClock);
  assert.equal(await inflated(body), 'first second');
  assert.match(body.md5Hex(), /^[0-9a-f]{32}$/);
});

test('a body that is no gzip, or only the beginning of one, is refused', async () => {
  for (const bytes of [Buffer.from('plain'), gzipSync('x'.repeat(1000)).subarray(0, 15), Buffer.alloc(0)]) {
    using body = new ImportBody(Readable.from([bytes], { objectMode: false }) as IncomingMessage, steadyClock);
    await assert.rejects(inflated(body), { code: 'td-422' });
  }
});

test('law 2: a body whose connection ends before it does is refused, even with every record of it there', async () => {
  async function* cut(): AsyncGenerator<Uint8Array> {
    yield gzipSync('whole');
    // Once the piece before has been inflated.
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
  }
  using body = new ImportBody(Readable.from(cut(), { objectMode: false }) as IncomingMessage, steadyClock);
  await assert.rejects(inflated(body), { code: 'ECONNRESET' });
});

test('law 6: a sender that stands still is cut off', async () => {
  const stream = new PassThrough();
  stream.write(gzipSync('begun').subarray(0, 8));
  using body = new ImportBody(stream as unknown as IncomingMessage, hastyClock());
  await assert.rejects(inflated(body), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
});
