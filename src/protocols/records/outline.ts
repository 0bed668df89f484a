/**
 * The outline of a batch of records: their ids, read without making any other value of it.
 * Owns: where a record's id stands. Never: says what is wrong with a batch that has no outline; parsing it does.
 */
import { BACKSLASH, CLOSE_OBJECT, COMMA, NOT_JSON, QUOTE, scanName, scanValue, skipSpace } from '#model/json-scan.ts';
import { OBJECT_DEPTH, outlineOf } from '#protocols/outline.ts';
import type { ObjectScan } from '#protocols/outline.ts';
import { isUuid, MAX_RECORDS } from './body.ts';

/** The sender's own id of a record; undefined where it has none. */
export type SenderId = string | undefined;

/** As a name has it, and its quotes. */
const QUOTED_NAME: Uint8Array = Buffer.from('"uuid"');

/**
 * The id of each record of a batch, in order, when all of its records are good.
 * Undefined: some are not, or the batch is large, or unusually written.
 */
export function senderIds(body: Uint8Array): readonly SenderId[] | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  // Where a body has both, `events` counts; the name may also stand further down, and then there is no outline.
  const listName = bytes.includes('"events"') ? 'events' : 'records';
  const ids: SenderId[] = [];
  const outline = outlineOf(body, listName, recordScan(ids, bytes.includes(BACKSLASH)));
  return outline === undefined || outline.objects > MAX_RECORDS ? undefined : ids;
}

/** Adds the id of each record that it passes to `ids`. */
function recordScan(ids: SenderId[], hasEscapes: boolean): ObjectScan {
  return (bytes, start) => {
    let id: SenderId;
    let at = skipSpace(bytes, start + 1);
    while (bytes[at] !== CLOSE_OBJECT) {
      const value = scanName(bytes, at);
      const end = value === NOT_JSON ? NOT_JSON : scanValue(bytes, value, OBJECT_DEPTH - 1);
      // A name with an escape may be `uuid` in disguise.
      if (end === NOT_JSON || (hasEscapes && bytes.subarray(at, value).includes(BACKSLASH))) return NOT_JSON;
      if (isNameOfId(bytes, at)) {
        const written = bytes.toString('latin1', value, end);
        id = idOf(written);
        if (id === undefined && written !== 'null') return NOT_JSON;
      }
      at = skipSpace(bytes, end);
      if (bytes[at] === CLOSE_OBJECT) break;
      if (bytes[at] !== COMMA) return NOT_JSON;
      at = skipSpace(bytes, at + 1);
      // Not the end of the record, which a comma must not come before.
      if (bytes[at] !== QUOTE) return NOT_JSON;
    }
    ids.push(id);
    return at + 1;
  };
}

function isNameOfId(bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < QUOTED_NAME.length; i += 1) if (bytes[start + i] !== QUOTED_NAME[i]) return false;
  return true;
}

/** Of a JSON value. */
function idOf(written: string): SenderId {
  const text = written.slice(1, -1);
  return written.startsWith('"') && isUuid(text) ? text : undefined;
}
