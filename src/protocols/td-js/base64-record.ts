/**
 * The record of a JSONP request: base64 text → JSON text.
 * Owns: the repair of CESU-8, which td-js-sdk 1 and 2 write. Never: parses the JSON.
 */
import { decodeUtf8 } from '#model/json.ts';

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * The text of `data`, or undefined when it is no base64 of text.
 * A space stands for the `+` that a query made it of.
 */
export function decodeRecord(data: string): string | undefined {
  const base64 = data.replaceAll(' ', '+');
  return BASE64.test(base64) ? decodeCesu8(Buffer.from(base64, 'base64')) : undefined;
}

// In bytes of UTF-8, ED is followed by 80 to 9F alone: A0 to AF begin a surrogate's first half, B0 to BF its second.
const SURROGATES = /\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]|\xed[\xa0-\xbf][\x80-\xbf]/g;
const HALF_BYTES = 3;

/**
 * Text of UTF-8 in which characters beyond U+FFFF may be two surrogates of three bytes each (Unicode TR 26).
 * A half without its other becomes the escape of JSON, so that the applier finds it and says so (law 10).
 */
function decodeCesu8(bytes: Buffer): string | undefined {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return text;
  // Latin-1 makes each byte the character with its number.
  const repaired = bytes.toString('latin1').replace(SURROGATES, whole);
  return decodeUtf8(Buffer.from(repaired, 'latin1'));
}

function whole(surrogates: string): string {
  const first = surrogateAt(surrogates, 0);
  if (surrogates.length === HALF_BYTES) return `\\u${first.toString(16)}`;
  const character = String.fromCharCode(first, surrogateAt(surrogates, HALF_BYTES));
  return Buffer.from(character).toString('latin1');
}

function surrogateAt(bytes: string, start: number): number {
  return 0xd000 | ((bytes.charCodeAt(start + 1) & 0x3f) << 6) | (bytes.charCodeAt(start + 2) & 0x3f);
}
