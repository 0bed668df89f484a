/**
 * Estimates how many cells the events of a batch take, absent ones included: a store lays a table out in columns.
 * Owns: the counting, which costs one look-up a member. Never: knows which keys have columns already.
 */
import type { JsonObject } from '#model/json.ts';

/** More keys than this are taken for this many: about as many columns as a table has before the rest go to `_extra`. */
const MAX_KEYS = 512;

interface TableCells {
  readonly keys: Set<string>;
  rows: number;
}

export class EventCells {
  readonly #tables = new Map<string, TableCells>();
  #total = 0;

  /** Rows times different keys, summed over the tables. */
  get total(): number {
    return this.#total;
  }

  /** Counts events of `table`, which is named `database.table`. */
  add(table: string, events: readonly JsonObject[]): void {
    const cells = this.#tables.get(table) ?? { keys: new Set(), rows: 0 };
    this.#tables.set(table, cells);
    this.#total -= cells.rows * cells.keys.size;
    cells.rows += events.length;
    for (const event of events) addKeys(cells.keys, event);
    this.#total += cells.rows * cells.keys.size;
  }
}

function addKeys(keys: Set<string>, event: JsonObject): void {
  if (keys.size >= MAX_KEYS) return;
  for (const key in event) {
    keys.add(key);
    if (keys.size >= MAX_KEYS) return;
  }
}
