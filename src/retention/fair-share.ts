/**
 * How much each of several may keep, so that all together keep no more than `total`: up to a common level.
 * Those that keep less than it lose nothing; one that keeps a lot costs itself (law 7).
 *
 *   level ─ ─ ─┬───┬─ ─ ─ ─ ─ ┬───┬─
 *        ┌───┐ │███│          │███│
 *        │   │ │███│  ┌───┐   │███│
 *        └───┴─┴───┴──┴───┴───┴───┴─
 */
export function fairShare(kept: readonly number[], total: number): number {
  let left = total;
  const rising = kept.toSorted((one, other) => one - other);
  for (const [at, each] of rising.entries()) {
    const level = left / (rising.length - at);
    if (each > level) return Math.max(0, Math.floor(level));
    left -= each;
  }
  return Infinity;
}
