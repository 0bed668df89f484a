/**
 * Extension values of MessagePack: moments exactly, anything else as its bytes.
 * Owns: the reading of the timestamp extension (-1). Never: makes an extension value.
 */
import { ExtData } from '@msgpack/msgpack';
import type { ExtensionCodecType } from '@msgpack/msgpack';

const TIMESTAMP = -1;

/** For a decoder. The library's own codec makes a Date of a moment, which has no nanoseconds. */
export const EXACT_EXTENSIONS: ExtensionCodecType<undefined> = {
  tryToEncode: () => null,
  decode: (bytes, type) => (type === TIMESTAMP && momentOf(bytes)) || new ExtData(type, bytes),
};

/** Whole UNIX seconds, or ISO 8601 when there is a fraction of one. Undefined when the bytes are no moment. */
function momentOf(bytes: Uint8Array): bigint | string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 4) return BigInt(view.getUint32(0));
  if (bytes.length === 8) {
    const packed = view.getBigUint64(0);
    return textOfMoment(packed & 0x3_ffff_ffffn, Number(packed >> 34n));
  }
  return bytes.length === 12 ? textOfMoment(view.getBigInt64(4), view.getUint32(0)) : undefined;
}

const NANOSECONDS = 1_000_000_000;
/** The moments that a Date can tell, in seconds. */
const DATE_SECONDS = 8_640_000_000_000n;

function textOfMoment(seconds: bigint, nanoseconds: number): bigint | string | undefined {
  if (nanoseconds === 0) return seconds;
  if (nanoseconds >= NANOSECONDS || seconds < -DATE_SECONDS || seconds >= DATE_SECONDS) return undefined;
  const fraction = String(nanoseconds).padStart(9, '0').replace(/0+$/, '');
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', `.${fraction}Z`);
}
