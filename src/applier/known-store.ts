/**
 * The store of one workspace, and what its applier knows of it.
 * Owns: checkpoint, event tables and what waits as last committed; that one transaction runs at a time.
 * Never: decides anything.
 */
import { must } from '#kit/assert.ts';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { EventTable } from '#model/event-table.ts';
import { LOG_START } from '#model/words.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Checkpoint, Store, StoreTransaction, WaitingSummary } from '#ports/store.ts';

export interface KnownStoreOptions {
  readonly workspace: MunchkinId;
  readonly store: Store;
  /** The store has been read, or a batch has been committed. */
  readonly onCheckpoint: (checkpoint: Checkpoint) => void;
}

export class KnownStore implements Pick<Store, 'transaction'> {
  readonly #options: KnownStoreOptions;
  readonly #alone = oneAtATime();
  #checkpoint: Checkpoint = { high: LOG_START, normal: LOG_START, events: LOG_START };
  #eventTables: Map<string, EventTable> | undefined;
  #waiting: WaitingSummary | undefined;

  constructor(options: KnownStoreOptions) {
    this.#options = options;
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  /** By `database.table`. */
  get eventTables(): ReadonlyMap<string, EventTable> {
    return must(this.#eventTables, 'event tables are read before a batch');
  }

  /** What the store knows is the truth: after the start, and after whatever failed, it is read again. */
  async catchUp(): Promise<void> {
    if (this.#eventTables !== undefined) return;
    await this.alone(async (store) => {
      const { workspace } = this.#options;
      const checkpoint = await store.checkpoint(workspace);
      this.#eventTables = new Map(await store.eventTables(workspace));
      this.reached(checkpoint);
    });
  }

  /** Something failed: what is known may be wrong. */
  forget(): void {
    this.#eventTables = undefined;
    this.#waiting = undefined;
  }

  /** Asks the store only when something was committed since: a store that is closed need not be opened for it. */
  async waiting(): Promise<WaitingSummary> {
    this.#waiting ??= await this.#options.store.waiting(this.#options.workspace);
    return this.#waiting;
  }

  /** Does something with the store itself while no transaction of others runs. */
  alone<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
    return this.#alone(() => work(this.#options.store));
  }

  /** Waits for the transaction before it. */
  transaction<Result>(
    workspace: MunchkinId,
    work: (transaction: StoreTransaction) => Promise<Result>,
  ): Promise<Result> {
    return this.alone((store) => store.transaction(workspace, work));
  }

  /** A batch has been committed: the tables that it changed, as they are now, and the names of those it dropped. */
  committed(eventTables: readonly EventTable[], dropped: readonly string[] = []): void {
    this.#waiting = undefined;
    for (const name of dropped) this.#eventTables?.delete(name);
    for (const table of eventTables) this.#eventTables?.set(`${table.database}.${table.table}`, table);
  }

  /** The lanes stand there now. */
  reached(checkpoint: Checkpoint): void {
    this.#checkpoint = checkpoint;
    this.#options.onCheckpoint(checkpoint);
  }
}
