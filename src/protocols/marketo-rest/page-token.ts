/**
 * `nextPageToken`: where the next page of an answer begins, opaque to clients.
 * Owns: its form, base32 with padding as the service's are. Never: knows what it points at.
 */
import { restError } from './errors.ts';

/** RFC 4648, section 6. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CHARACTERS_PER_GROUP = 8;
const MAX_TOKEN_CHARACTERS = 200;

/** The token behind which `place` stands; any text, though not a long one. */
export function pageToken(place: string): string {
  let bits = '';
  for (const byte of Buffer.from(place)) bits += byte.toString(2).padStart(8, '0');
  const groups = bits.match(/.{1,5}/g) ?? [];
  const characters = groups.map((group) => ALPHABET.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('');
  return characters.padEnd(Math.ceil(characters.length / CHARACTERS_PER_GROUP) * CHARACTERS_PER_GROUP, '=');
}

/** The place behind a token. Throws a {@link RestError} when no answer has given this token. */
export function placeOf(token: string): string {
  const characters = token.replace(/=+$/, '');
  if (token.length <= MAX_TOKEN_CHARACTERS && /^[A-Z2-7]+$/.test(characters)) {
    const bits = Array.from(characters, (each) => ALPHABET.indexOf(each).toString(2).padStart(5, '0')).join('');
    const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
    const place = Buffer.from(bytes).toString();
    if (pageToken(place) === token) return place;
  }
  throw restError('1003', 'nextPageToken must be what the page before gave');
}
