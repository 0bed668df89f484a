/**
 * The imports that are under way, over all workspaces.
 * Owns: their number (law 6), and that one id is imported by one call at a time. Never: remembers one that has ended.
 */
import type { ImportName } from '#model/import-mark.ts';
import { tdError } from '#protocols/td-rest/errors.ts';

const MAX_IMPORTS_AT_ONCE = 8;
const RETRY_SECONDS = 1;

export class ImportsUnderWay {
  /** An import without an id stands under a symbol of its own. */
  readonly #names = new Set<string | symbol>();

  /** Throws a TdError: 503 while the same id is being imported, 429 when too many are. Disposed of at the end. */
  begin(name: ImportName | undefined): Disposable {
    const key = name === undefined ? Symbol('import') : textOf(name);
    if (this.#names.has(key)) throw tdError('td-503', 'this id is being imported', RETRY_SECONDS);
    if (this.#names.size >= MAX_IMPORTS_AT_ONCE) {
      throw tdError('td-429', `${MAX_IMPORTS_AT_ONCE} imports are under way`, RETRY_SECONDS);
    }
    this.#names.add(key);
    return { [Symbol.dispose]: () => void this.#names.delete(key) };
  }
}

function textOf({ workspace, database, table, uniqueId }: ImportName): string {
  return JSON.stringify([workspace, database, table, uniqueId]);
}
