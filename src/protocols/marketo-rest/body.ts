/**
 * The bodies of the REST API: bytes → JSON value or form.
 * Owns: which content types are taken. Never: looks at members.
 */
import { decodeUtf8, JsonError, parseJson } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';
import { restError } from './errors.ts';

export interface RestBody {
  /** Absent when the body was empty or no JSON. */
  readonly json?: JsonValue;
  /** Empty unless the body was a form. */
  readonly form: URLSearchParams;
}

export interface RestBodyHeaders {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

const NO_BODY: RestBody = { form: new URLSearchParams() };

/** Throws a {@link RestError}: 612 for any other type than JSON and forms, 609 for what is no JSON. */
export function readRestBody(body: Uint8Array, { contentType, contentEncoding }: RestBodyHeaders): RestBody {
  // Clients name a content type for calls that have no body, too.
  if (body.length === 0) return NO_BODY;
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    throw restError('612', 'send the body as it is, without Content-Encoding');
  }
  const mediaType = (contentType ?? '').toLowerCase().split(';', 1)[0]?.trim();
  const text = decodeUtf8(body);
  if (text === undefined) throw restError('609', 'the body is not UTF-8');
  if (mediaType === 'application/json') return { ...NO_BODY, json: json(text) };
  if (mediaType === 'application/x-www-form-urlencoded') return { form: new URLSearchParams(text) };
  throw restError('612', 'send Content-Type: application/json');
}

function json(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw restError('609', error.message);
    throw error;
  }
}
