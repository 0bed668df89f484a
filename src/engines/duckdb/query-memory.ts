/**
 * The memory ledger: tells, from samples of the whole engine, which running query holds too much.
 * Owns: the attribution of growth to queries. Never: measures anything, or ends a query.
 *
 * The engine counts memory per instance, not per query. What grows while queries run is charged to them in equal
 * parts, what shrinks is taken off in proportion to what each was charged:
 *
 *   held  ▁▁▂▄▆█▆▄   the applier's share of the growth is charged to queries too: they are ended first
 *   A     └──┴─ +½ ─ +½ ─ ended: its charge waits for the release, so that B gets no credit for it
 *   B         └─ +½ ─ +½ …
 *
 * Values that expressions make are in no count of the engine. They show in the process's resident memory, beyond what
 * the engine's own count explains.
 */

export interface MemorySample {
  /** Bytes that the engine counts as held by running work: hash tables, sorts, windows, results. */
  readonly heldBytes: number;
  /** All bytes that the engine counts, cached table pages among them. */
  readonly countedBytes: number;
  /** Resident memory of the process. */
  readonly residentBytes: number;
}

interface Account {
  chargedBytes: number;
  readonly start: MemorySample;
  /** The greatest growth of the counted bytes since the start: freed memory may stay resident. */
  peakGrowthBytes: number;
}

export class QueryMemoryLedger<Query> {
  readonly #accounts = new Map<Query, Account>();
  #last: MemorySample;
  /** Charged to queries that have ended, until the engine's count falls. */
  #leavingBytes = 0;

  constructor(first: MemorySample) {
    this.#last = first;
  }

  /** Counts the query from the last sample on. */
  start(query: Query): void {
    this.#accounts.set(query, { chargedBytes: 0, start: this.#last, peakGrowthBytes: 0 });
  }

  finish(query: Query): void {
    this.#leavingBytes += this.#accounts.get(query)?.chargedBytes ?? 0;
    this.#accounts.delete(query);
  }

  /** Takes in a sample. */
  observe(sample: MemorySample): void {
    const growth = sample.heldBytes - this.#last.heldBytes;
    if (growth > 0) this.#charge(growth);
    else this.#relieve(-growth);
    for (const account of this.#accounts.values()) {
      account.peakGrowthBytes = Math.max(account.peakGrowthBytes, sample.countedBytes - account.start.countedBytes);
    }
    this.#last = sample;
  }

  /**
   * The query to end, if all together hold more than `limitBytes`: the one that was charged most.
   * Memory that the engine does not count is the youngest query's, for it came last.
   */
  offender(limitBytes: number): Query | undefined {
    const accounts = [...this.#accounts];
    const charged = accounts.reduce((sum, [, account]) => sum + account.chargedBytes, 0);
    if (charged > limitBytes) {
      return accounts.reduce((most, next) => (next[1].chargedBytes > most[1].chargedBytes ? next : most))[0];
    }
    return accounts.findLast(([query]) => this.uncountedBytes(query) > limitBytes)?.[0];
  }

  /** Resident memory that came since the query's start and that the engine's count does not explain. */
  uncountedBytes(query: Query): number {
    const account = this.#accounts.get(query);
    if (account === undefined) return 0;
    return this.#last.residentBytes - account.start.residentBytes - account.peakGrowthBytes;
  }

  #charge(growth: number): void {
    for (const account of this.#accounts.values()) account.chargedBytes += growth / this.#accounts.size;
  }

  #relieve(release: number): void {
    const left = Math.min(release, this.#leavingBytes);
    this.#leavingBytes -= left;
    const charged = [...this.#accounts.values()].reduce((sum, account) => sum + account.chargedBytes, 0);
    if (charged === 0) return;
    const share = Math.min(1, (release - left) / charged);
    for (const account of this.#accounts.values()) account.chargedBytes *= 1 - share;
  }
}
