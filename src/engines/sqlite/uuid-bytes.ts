/**
 * Request ids as 16 bytes, half the size of their text in every row and index.
 * Owns: the conversion, both ways. Never: looks at a UUID's version or time.
 */
import { assert } from '#kit/assert.ts';
import type { RequestId } from '#model/words.ts';

export const UUID_BYTES = 16;

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Writes the 16 bytes of `requestId` at `offset`. */
export function writeUuid(target: Buffer, offset: number, requestId: RequestId): void {
  const written = target.write(requestId.replaceAll('-', ''), offset, UUID_BYTES, 'hex');
  assert(written === UUID_BYTES, `a request id is a UUID, not '${requestId}'`);
}

/** The 16 bytes of a request id; undefined for any other text. */
export function uuidBytes(requestId: string): Uint8Array | undefined {
  return UUID_TEXT.test(requestId) ? Buffer.from(requestId.replaceAll('-', ''), 'hex') : undefined;
}

/** The text of 16 bytes, in lower case. */
export function uuidText(bytes: Uint8Array): RequestId {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return parts.join('-') as RequestId;
}
