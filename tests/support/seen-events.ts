/**
 * Judges what a follower of the journal has seen against what was written.
 * Owns: what a gap, a double and a disorder are. Never: follows anything.
 */

/** Faults, each in words; none when `seen` is exactly `written`. Both are ids. */
export function faultsOfFollowing(seen: readonly string[], written: readonly string[]): readonly string[] {
  const places = new Map(written.map((id, place) => [id, place]));
  const faults: string[] = [];
  const known = new Set<string>();
  let furthest = -1;
  for (const id of seen) {
    const place = places.get(id);
    if (place === undefined) faults.push(`${id} was never written`);
    else if (known.has(id)) faults.push(`event ${place} was seen twice`);
    else if (place < furthest) faults.push(`event ${place} came after event ${furthest}`);
    furthest = Math.max(furthest, place ?? -1);
    known.add(id);
  }
  for (const [id, place] of places) if (!known.has(id)) faults.push(`event ${place} was never seen`);
  return faults;
}
