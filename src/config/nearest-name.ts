/** Finds the known name that a misspelt one was most likely meant to be. */

/**
 * The known name with the smallest edit distance, unless it is further away than a third of the name's length.
 * Case and the difference between `-` and `_` count as nothing.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let smallest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(normalized(name), normalized(candidate));
    if (distance < smallest) [nearest, smallest] = [candidate, distance];
  }
  return nearest;
}

function normalized(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other. */
function editDistance(from: string, to: string): number {
  // Three rows of the table of distances between prefixes: two back, one back, and the one being filled.
  let older: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (previous[column] ?? Infinity) + 1,
        (current[column - 1] ?? Infinity) + 1,
        (previous[column - 1] ?? Infinity) + (same ? 0 : 1),
        swapped ? (older[column - 2] ?? Infinity) + 1 : Infinity,
      );
    }
    [older, previous] = [previous, current];
  }
  return previous[to.length] ?? Infinity;
}
