/** Request ids. */
import { randomUUIDv7 } from 'node:crypto';
import type { RequestId } from '#model/words.ts';

/** UUID version 7: sorts by the time at which it was made. */
export function newRequestId(): RequestId {
  return randomUUIDv7() as RequestId;
}
