/**
 * The body of a Postback request: text → how many events it holds.
 * Owns: which shapes are events. Never: looks into an event, or names its columns.
 */
import { isJsonObject, JsonError, parseJson } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';

/** Of a body that is an array. */
const MAX_EVENTS_PER_BODY = 10_000;

export interface EventsBody {
  readonly format: 'json' | 'form';
  readonly events: number;
}

/** `problem` says what is wrong and how to mend it. */
export type EventsReading = EventsBody | { readonly problem: string };

/**
 * Reads a body. A JSON object is one event, an array of objects one event each, whatever the content type;
 * with `application/x-www-form-urlencoded` anything else is a form, which is one event of strings.
 */
export function readEvents(text: string, mediaType: string): EventsReading {
  if (text === '') return { problem: 'the body is empty; send a JSON object' };
  if (mediaType === 'application/x-www-form-urlencoded' && !looksLikeJson(text)) return { format: 'form', events: 1 };
  try {
    return readJsonEvents(parseJson(text));
  } catch (error) {
    if (error instanceof JsonError) return { problem: `the body is not JSON: ${error.message}` };
    throw error;
  }
}

function readJsonEvents(json: JsonValue): EventsReading {
  if (isJsonObject(json)) return { format: 'json', events: 1 };
  if (!Array.isArray(json)) return { problem: 'the body must be a JSON object or an array of objects' };
  if (json.length === 0) return { problem: 'the array is empty; send at least one object' };
  if (json.length > MAX_EVENTS_PER_BODY) {
    return { problem: `the array has ${json.length} objects, at most ${MAX_EVENTS_PER_BODY} are allowed` };
  }
  const stranger = json.findIndex((event) => !isJsonObject(event));
  if (stranger !== -1) return { problem: `entry ${stranger} of the array is not an object` };
  return { format: 'json', events: json.length };
}

// Senders that forget the content type let their tool say "form" over a JSON object.
// A form never begins like this: its encoding turns braces and brackets into %7B and %5B.
function looksLikeJson(text: string): boolean {
  const first = text.trimStart()[0];
  return first === '{' || first === '[';
}
