/**
 * The steps that try a workspace's waiting objects again, as they fall due.
 *
 *   taken ──► refused by the store: half as many ──► … ──► one alone: it fails (law 5)
 *        └──► no memory: pause, half as many ──► … ──► one alone, three times: its try counts, it goes on waiting
 *
 * Owns: how many are tried at once, and the rest after that, so that the lanes keep their share of the time.
 * Never: decides what becomes of an object.
 */
import type { Workspace } from '#model/definitions.ts';
import type { RequestId } from '#model/words.ts';
import { StoreError } from '#ports/store.ts';
import type { WaitingLimit, WaitingSummary } from '#ports/store.ts';
import type { LifeEvent } from './lifecycle.ts';
import { MemoryFaults } from './memory-faults.ts';
import { reportRetried } from './report.ts';
import { retryBatch } from './retry-batch.ts';
import type { RetryManner } from './retry-batch.ts';
import type { Surroundings } from './surroundings.ts';

/** The most that is tried at once (law 6). */
const MAX_BATCH: WaitingLimit = { objects: 5_000, bytes: 8 * 1024 * 1024 };

/** Of the time in which the lanes have work, a tenth: after a batch, a rest of nine times as long. */
const REST_FACTOR = 9;

/** A store that says that objects are due, and has none, is asked again after so long. */
const NONE_FOUND_REST_MS = 1_000;

/** The code of an object that the rules let through and the store did not. */
const REFUSED = 'refused';

export class RetryTurns {
  readonly #around: Surroundings;
  readonly #memoryFaults = new MemoryFaults();
  #limit: WaitingLimit = MAX_BATCH;
  /** The orders of the objects in the last batch that was begun. */
  #taken: readonly number[] = [];
  /** By the monotonic clock. */
  #restUntil = 0;
  #noneUntil = 0;
  #waiting: WaitingSummary = { objects: 0 };

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Milliseconds until an object is due; undefined when none will be, below 0 when one is. */
  get dueInMs(): number | undefined {
    const { nextDueAt } = this.#waiting;
    if (nextDueAt === undefined) return undefined;
    const { clock } = this.#around.parts;
    return Math.max(nextDueAt - clock.now(), this.#noneUntil - clock.monotonic());
  }

  /** The lanes have no work: nobody is kept waiting by retries. */
  endRest(): void {
    this.#restUntil = 0;
  }

  /** Tries what was due at `dueAt`, in milliseconds since 1970. `nothing-due`: nothing was, or it is time to rest. */
  async retryNext(dueAt: number): Promise<LifeEvent> {
    const { turns, store, parts } = this.#around;
    this.#waiting = await store.waiting();
    const { nextDueAt = Infinity } = this.#waiting;
    const now = parts.clock.monotonic();
    if (nextDueAt > dueAt || now < this.#restUntil || now < this.#noneUntil) return 'nothing-due';
    return await turns.take(() => this.#retryAndRest(dueAt));
  }

  /** What a step threw, as the table knows it. */
  failed(error: unknown): LifeEvent {
    this.#around.store.forget();
    if (!(error instanceof StoreError)) return 'unavailable';
    if (error.reason === 'memory') this.#halve();
    return error.reason === 'rejected' ? 'rejected-alone' : error.reason;
  }

  async #retryAndRest(dueAt: number): Promise<LifeEvent> {
    const { clock } = this.#around.parts;
    const begun = clock.monotonic();
    try {
      return await this.#retry(dueAt, 'try');
    } finally {
      const ended = clock.monotonic();
      this.#restUntil = ended + REST_FACTOR * (ended - begun);
    }
  }

  async #retry(dueAt: number, manner: RetryManner): Promise<LifeEvent> {
    this.#around.stopping.throwIfAborted();
    this.#taken = [];
    try {
      await this.#commit(dueAt, manner);
      return 'retried';
    } catch (error) {
      if (!(error instanceof StoreError) || manner !== 'try' || this.#taken.length === 0) throw error;
      return await this.#smaller(dueAt, error);
    }
  }

  /** The store has not taken the batch: it takes a smaller one, or one object does without its try. */
  async #smaller(dueAt: number, error: StoreError): Promise<LifeEvent> {
    const only = this.#taken.length === 1 ? this.#taken[0] : undefined;
    if (error.reason === 'rejected') {
      if (only !== undefined) return await this.#retry(dueAt, { code: REFUSED, message: error.message });
      this.#halve();
      return 'rejected';
    }
    if (error.reason !== 'memory' || !this.#memoryFaults.again(only)) throw error;
    this.#memoryFaults.forget();
    return await this.#retry(dueAt, 'postpone');
  }

  async #commit(dueAt: number, manner: RetryManner): Promise<void> {
    const { workspace, store, parts } = this.#around;
    const { clock, control } = parts;
    const begun = clock.monotonic();
    await store.catchUp();
    await control.refresh();
    const defined = control.definitions().workspaces.get(workspace);
    if (defined !== undefined) await this.#try(defined, { dueAt, manner, begun });
    if (this.#taken.length === 0) this.#noneUntil = clock.monotonic() + NONE_FOUND_REST_MS;
  }

  async #try(defined: Workspace, { dueAt, manner, begun }: Trying): Promise<void> {
    const { workspace, store, parts } = this.#around;
    const { clock, events, tracing, limits, schedule } = parts;
    const requestIds: RequestId[] = [];
    const retried = await store.alone((own) =>
      retryBatch(own, {
        workspace: defined,
        manner,
        dueAt,
        limit: this.#limit,
        eventTables: store.eventTables,
        maxColumns: limits.maxColumns,
        multipleMatches: limits.multipleMatches,
        idempotencyWindowMs: limits.idempotencyWindowMs,
        schedule,
        now: clock.now(),
        onFault: (error) => events.internalFault(error, { where: 'applier.retry', workspace }),
        taken: (due) => {
          this.#taken = due.map(({ order }) => order);
          if (tracing !== undefined) requestIds.push(...due.map(({ requestId }) => requestId));
        },
      }),
    );
    store.committed(retried.eventTables);
    if (retried.journalled !== undefined) parts.onJournal(workspace, retried.journalled);
    this.#memoryFaults.forget();
    this.#limit = atMost(MAX_BATCH, scaled(this.#limit, 2));
    const seconds = (clock.monotonic() - begun) / 1000;
    if (retried.objects > 0) reportRetried(events, { workspace, retried, seconds });
    tracing?.objectsRetried({ workspace, requestIds, times: { now: clock.now(), seconds } });
  }

  #halve(): void {
    const objects = this.#taken.length === 0 ? this.#limit.objects : Math.min(this.#limit.objects, this.#taken.length);
    this.#limit = scaled({ ...this.#limit, objects }, 0.5);
  }
}

interface Trying {
  readonly dueAt: number;
  readonly manner: RetryManner;
  /** By the monotonic clock. */
  readonly begun: number;
}

function scaled({ objects, bytes }: WaitingLimit, factor: number): WaitingLimit {
  return { objects: Math.max(1, Math.floor(objects * factor)), bytes: Math.max(1, Math.floor(bytes * factor)) };
}

function atMost(most: WaitingLimit, { objects, bytes }: WaitingLimit): WaitingLimit {
  return { objects: Math.min(most.objects, objects), bytes: Math.min(most.bytes, bytes) };
}
