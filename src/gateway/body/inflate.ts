/**
 * Content codings: gzip, deflate in both flavours, br, zstd.
 * Owns: the bound on what may come out (law 6). Never: inflates on the main thread.
 */
import { brotliDecompress, constants, gunzip, inflate as inflateZlib, inflateRaw, zstdDecompress } from 'node:zlib';
import type { BodyFault } from './read-body.ts';

type Decompress = (
  body: Uint8Array,
  options: { maxOutputLength: number },
  done: (error: Error | null, inflated: Buffer) => void,
) => void;

// 8 MiB: the window that RFC 8878 asks every decoder for, and no more.
const ZSTD_WINDOW = { params: { [constants.ZSTD_d_windowLogMax]: 23 } };

const DECOMPRESS: Readonly<Record<string, Decompress>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: (body, options, done) => (hasZlibHeader(body) ? inflateZlib : inflateRaw)(body, options, done),
  br: brotliDecompress,
  zstd: (body, options, done) => zstdDecompress(body, { ...options, ...ZSTD_WINDOW }, done),
};

/** Whether {@link inflate} knows the value of a `Content-Encoding` header, in lower case. */
export function isKnownCoding(coding: string): boolean {
  return Object.hasOwn(DECOMPRESS, coding);
}

/** The inflated bytes, at most `limitBytes` of them. `coding` is known. */
export async function inflate(body: Uint8Array, coding: string, limitBytes: number): Promise<Uint8Array | BodyFault> {
  const decompress = DECOMPRESS[coding];
  if (decompress === undefined) return 'unknown-coding';
  return new Promise((resolve) => {
    decompress(body, { maxOutputLength: limitBytes }, (error, inflated) => {
      if (error === null) resolve(inflated);
      else resolve((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'broken-coding');
    });
  });
}

// RFC 1950: method 8 in the low bits, and a check over the first two bytes. Some senders leave the wrapper away.
function hasZlibHeader(body: Uint8Array): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
