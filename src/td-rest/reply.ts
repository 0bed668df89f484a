/** Answers as JSON. */
import type { TdReply } from './td-parts.ts';

export function jsonReply(value: object): TdReply {
  return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}
