/**
 * Pages of lists that are in memory, and the path under which the next page lies.
 * Owns: the cursor in the URL. Never: reads a store.
 */

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Path with query; absent on the last page. */
  readonly next?: string;
}

export interface PageRequest {
  /** Path and query of this page. */
  readonly url: string;
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}

/** Items in a page whose caller named no limit. */
export const DEFAULT_PAGE_LIMIT = 100;

/** The page of `items` after the cursor, sorted by `keyOf`, whose values must differ from each other. */
export function pageByKey<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  request: PageRequest,
): Page<Item> {
  const { after, limit = DEFAULT_PAGE_LIMIT } = request;
  const rest = [...items]
    .map((item) => ({ key: keyOf(item), item }))
    .filter(({ key }) => after === undefined || key > after)
    .toSorted((left, right) => (left.key < right.key ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const shown = page.map(({ item }) => item);
  if (last === undefined || rest.length <= page.length) return { items: shown };
  return { items: shown, next: nextPath(request.url, { after: last.key }) };
}

/**
 * A page out of a reading of `limit + 1` items: the last one is not shown and only proves that a next page exists.
 * `cursorOf` names the place after which the next page begins.
 */
export function pageOfReading<Item>(
  reading: readonly Item[],
  cursorOf: (item: Item) => string,
  request: Omit<PageRequest, 'after'>,
): Page<Item> {
  const { limit = DEFAULT_PAGE_LIMIT } = request;
  const items = reading.slice(0, limit);
  const last = items.at(-1);
  if (last === undefined || reading.length <= limit) return { items };
  return { items, next: nextPath(request.url, { after: cursorOf(last) }) };
}

/** `url` with its cursors replaced; every other parameter stays. */
export function nextPath(url: string, cursors: Readonly<Record<string, string | number | undefined>>): string {
  const next = new URL(url, 'http://localhost');
  for (const [name, cursor] of Object.entries(cursors)) {
    if (cursor !== undefined) next.searchParams.set(name, String(cursor));
  }
  return next.pathname + next.search;
}
