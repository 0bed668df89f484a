/**
 * What the texts that carry staged rows have in common.
 * Owns: their errors. Never: encodes a value.
 */
import { StoreError } from '#ports/store.ts';

/** One text of all of them. Throws StoreError when it is longer than JavaScript has texts. */
export function joinTexts(texts: readonly unknown[], separator: string): string {
  try {
    return texts.join(separator);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StoreError('memory', 'a column of this batch is longer than one text can be', { cause: error });
  }
}

/** NUL ends a text: it became U+FFFD on the way in (law 10). */
export function nulError(): StoreError {
  return new StoreError('rejected', 'a text holds the character NUL, which no column can hold; send U+FFFD instead');
}
