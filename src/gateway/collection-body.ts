/**
 * The bodies of requests that bring events: bytes → text → JSON.
 * Owns: the answers to bodies that cannot be read. Never: judges a document's shape.
 */
import { decodeUtf8, JsonError, parseJson } from '#model/json.ts';
import type { JsonValue } from '#model/json.ts';
import type { Answer } from '#protocols/answer.ts';
import { refusePostback } from '#protocols/postback/errors.ts';
import type { BodyShare } from './body/body-memory.ts';
import { isUtf8, readContentType } from './body/content-type.ts';
import { readBody } from './body/read-body.ts';
import type { BodyFault } from './body/read-body.ts';
import { refuseNoRoom } from './collection-case.ts';
import type { Exchange } from './exchange.ts';
import type { Outcome } from './state.ts';

export interface TextBody {
  /** Inflated. */
  readonly bytes: Uint8Array;
  readonly text: string;
  /** In lower case; empty when the header is missing. */
  readonly mediaType: string;
}

/** The bytes of the body, inflated, at most `limitBytes` of them. */
export async function readBytes(
  { request }: Exchange,
  limitBytes: number,
  share: BodyShare,
): Promise<Uint8Array | { readonly refusal: Outcome }> {
  const body = await readBody(request, limitBytes, share);
  return typeof body === 'string' ? { refusal: bodyOutcome(body, limitBytes) } : body;
}

/** The text of a body, by the charset of its request. */
export function readText({ request }: Exchange, bytes: Uint8Array): TextBody | { readonly refusal: Answer } {
  const contentType = readContentType(request.headers['content-type']);
  if (!isUtf8(contentType)) return { refusal: refusePostback('BadRequest', 'the charset must be UTF-8') };
  const text = decodeUtf8(bytes);
  if (text === undefined) return { refusal: refusePostback('BadRequest', 'the body is not UTF-8') };
  return { bytes, text, mediaType: contentType.mediaType };
}

export function readJson(text: string): { readonly value: JsonValue } | { readonly refusal: Answer } {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { refusal: refusePostback('BadRequest', `the body is not JSON: ${error.message}`) };
  }
}

function bodyOutcome(fault: BodyFault, limitBytes: number): Outcome {
  switch (fault) {
    case 'gone':
      return 'gone';
    case 'too-large':
      return refusePostback('PayloadTooLarge', `at most ${limitBytes} bytes are taken, after inflation`);
    case 'unknown-coding':
      return refusePostback('BadRequest', 'Content-Encoding must be gzip, deflate, br or zstd');
    case 'broken-coding':
      return refusePostback('BadRequest', 'the body cannot be inflated');
    case 'no-memory':
      return refuseNoRoom({ reason: 'too many bodies are being read', retryAfterSeconds: 1 });
  }
}
