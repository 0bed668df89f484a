/**
 * What the documents say of custom objects that are linked to persons, one object at a time: what the applier's
 * batches, retries and restarts are held against (docs/specs/retries.md).
 * Owns: arrays, and a time that it is told. Never: imports what it is to judge.
 */

export interface Purchase {
  readonly vin?: string | null;
  readonly owner?: string | null;
  readonly note?: string | null;
}

/** Of a request, in its order. */
export type NaiveFate = 'created' | 'updated' | 'waiting' | `failed ${string}`;

interface NaiveWaiting {
  readonly request: number;
  readonly index: number;
  readonly purchase: Purchase;
  readonly acceptedAt: number;
  isBehind: boolean;
  tries: number;
  /** Infinity: not until it is freed. */
  dueAt: number;
}

const MINUTE = 60_000;
/** A first try, and a retry after each of these. */
export const WAITS: readonly number[] = [5 * MINUTE, 30 * MINUTE, 30 * MINUTE];

export class NaiveWaits {
  /** Emails of persons, by last name. */
  readonly #persons = new Map<string, string>();
  readonly purchases: Map<string, Record<string, string>> = new Map();
  readonly fates: NaiveFate[][] = [];
  #waiting: NaiveWaiting[] = [];
  #failed: { request: number; index: number; purchase: Purchase; isReplayed: boolean }[] = [];
  now: number = 0;

  person(lastName: string, email: string): void {
    this.#persons.set(lastName, email);
    for (const waiting of this.#waiting) {
      if (!waiting.isBehind && waiting.purchase.owner === email) waiting.dueAt = 0;
    }
    this.#retryDue();
  }

  send(purchases: readonly Purchase[]): void {
    const request = this.fates.length;
    this.fates.push(purchases.map(() => 'waiting'));
    for (const [index, purchase] of purchases.entries()) this.#first(request, index, purchase);
    this.#retryDue();
  }

  pass(ms: number): void {
    this.now += ms;
    this.#retryDue();
  }

  cancel(request: number): void {
    for (const waiting of this.#waiting.filter((each) => each.request === request)) this.#fail(waiting, '1004');
    this.#retryDue();
  }

  /** What failed for want of its person and has not been tried again: by request and index. */
  replayable(): { request: number; index: number }[] {
    const left = this.#failed.filter(({ isReplayed }) => !isReplayed);
    return left.map(({ request, index }) => ({ request, index }));
  }

  replay(): void {
    const left = this.#failed.filter(({ isReplayed }) => !isReplayed);
    for (const failed of left) failed.isReplayed = true;
    this.send(left.map(({ purchase }) => purchase));
  }

  #first(request: number, index: number, purchase: Purchase): void {
    const set = (fate: NaiveFate): void => void ((this.fates[request] as NaiveFate[])[index] = fate);
    if ((purchase.vin ?? '') === '') return set('failed 1002');
    const waiting = { request, index, purchase, acceptedAt: this.now, isBehind: false, tries: 1, dueAt: Infinity };
    if (this.#waiting.some((earlier) => earlier.purchase.vin === purchase.vin)) waiting.isBehind = true;
    else if (this.#hasPerson(purchase)) return set(this.#apply(purchase));
    else waiting.dueAt = this.now + (WAITS[0] as number);
    this.#waiting.push(waiting);
  }

  #retryDue(): void {
    for (;;) {
      const due = this.#waiting.find(({ dueAt }) => dueAt <= this.now);
      if (due === undefined) return;
      this.#retry(due);
    }
  }

  #retry(due: NaiveWaiting): void {
    if (this.#hasPerson(due.purchase)) {
      (this.fates[due.request] as NaiveFate[])[due.index] = this.#apply(due.purchase);
      this.#end(due);
      return;
    }
    due.tries = due.isBehind ? this.#triesBehind(due) : due.tries + 1;
    due.isBehind = false;
    const waitMs = WAITS[due.tries - 1];
    if (waitMs === undefined) this.#fail(due, '1004');
    else due.dueAt = this.now + waitMs;
  }

  /** While it was behind another, its own retries passed. */
  #triesBehind({ acceptedAt }: NaiveWaiting): number {
    const dueAfter = WAITS.map((_, at) => WAITS.slice(0, at + 1).reduce((sum, ms) => sum + ms, 0));
    return 1 + dueAfter.filter((ms) => ms <= this.now - acceptedAt).length;
  }

  #fail(waiting: NaiveWaiting, code: string): void {
    const { request, index, purchase } = waiting;
    (this.fates[request] as NaiveFate[])[index] = `failed ${code}`;
    this.#failed.push({ request, index, purchase, isReplayed: false });
    this.#end(waiting);
  }

  #end(ended: NaiveWaiting): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== ended);
    const next = this.#waiting.find(({ purchase }) => purchase.vin === ended.purchase.vin);
    if (next?.isBehind === true) next.dueAt = 0;
  }

  #hasPerson({ owner }: Purchase): boolean {
    return (owner ?? '') === '' || [...this.#persons.values()].includes(owner as string);
  }

  #apply(purchase: Purchase): 'created' | 'updated' {
    const vin = purchase.vin as string;
    const before = this.purchases.get(vin);
    const after: Record<string, string> = { ...before };
    for (const [name, value] of Object.entries(purchase)) {
      if ((value ?? '') === '') delete after[name];
      else after[name] = value as string;
    }
    this.purchases.set(vin, after);
    return before === undefined ? 'created' : 'updated';
  }
}
