/** The body of an import: MessagePack records that compress badly, made while they are sent. */
import { encode } from '@msgpack/msgpack';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

const RANDOM_BYTES_PER_RECORD = 180;
const RECORDS_PER_PIECE = 256;

export interface ImportStream {
  readonly body: Readable;
  /** Records so far; all of them once the body has ended. */
  records(): number;
  /** Compressed, so far. */
  sentBytes(): number;
}

/** Ends once about so many bytes of gzip are made. */
export function importStream(bytes: number): ImportStream {
  let records = 0;
  let sentBytes = 0;
  const gzip = createGzip({ level: 1 });
  gzip.on('data', (piece: Buffer) => (sentBytes += piece.length));
  const pieces = function* (): Generator<Uint8Array> {
    while (sentBytes < bytes) {
      yield Buffer.concat(Array.from({ length: RECORDS_PER_PIECE }, (_, n) => packed(records + n)));
      records += RECORDS_PER_PIECE;
    }
  };
  gzip.pause();
  const source = Readable.from(pieces());
  source.once('error', (error) => gzip.destroy(error));
  return { body: source.pipe(gzip), records: () => records, sentBytes: () => sentBytes };
}

function packed(n: number): Uint8Array {
  return encode({
    time: 1_780_000_000 + Math.floor(n / 100),
    number: n,
    amount: (n % 10_000) / 100,
    event: `event${n % 12}`,
    text: randomBytes(RANDOM_BYTES_PER_RECORD).toString('base64'),
  });
}
