/**
 * Form bodies: `application/x-www-form-urlencoded` text as an object of strings.
 * Owns: the decoding. Never: guesses types, or replaces what it cannot decode.
 */
import type { JsonObject } from './json.ts';

/**
 * Reads a form as browsers write it (WHATWG URL, section 5). Of a name given twice the last counts, as in JSON.
 * Escapes that are no UTF-8 stay as they were sent, `%E9` as `%E9`, so that nothing is lost (law 10).
 */
export function formToObject(text: string): JsonObject {
  const pairs = text.split('&').filter((pair) => pair !== '');
  return Object.fromEntries(pairs.map(readPair));
}

function readPair(pair: string): [string, string] {
  const equals = pair.indexOf('=');
  if (equals === -1) return [decode(pair), ''];
  return [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
}

function decode(component: string): string {
  return component.replaceAll('+', ' ').replace(/(?:%[0-9a-fA-F]{2})+/g, decodeEscapes);
}

function decodeEscapes(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}
