/**
 * Sums of one counter between two scrapes.
 * Owns: what was added since the last flush. Never: is read itself: prom-client's counter is.
 *
 * prom-client makes a key of the labels' names and values at each call, which costs a single event more than its JSON.
 */
import type { Counter } from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;

interface Sum {
  readonly labels: Labels;
  value: number;
}

export class CounterTally {
  readonly #counter: Counter;
  readonly #labelNames: readonly string[];
  readonly #sums: Map<string, Sum> = new Map();

  constructor(counter: Counter, labelNames: readonly string[]) {
    this.#counter = counter;
    this.#labelNames = labelNames;
  }

  add(labels: Labels, value: number): void {
    let key = '';
    for (const name of this.#labelNames) key += `${labels[name]}\0`;
    const sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, { labels, value });
    else sum.value += value;
  }

  /** Hands the sums to the counter. The labels stay known, as they do there. */
  flush(): void {
    for (const sum of this.#sums.values()) {
      this.#counter.inc(sum.labels, sum.value);
      sum.value = 0;
    }
  }
}
