/**
 * The store in memory: the shortest reading of the port, and the oracle of its property tests.
 * Owns: Maps; a transaction works on a copy, and a rollback drops it. Never: outlives its process.
 */
import { assert } from '#kit/assert.ts';
import { crashPoint } from '#kit/crash-point.ts';
import type { EventTable } from '#model/event-table.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Checkpoint, Store, StoreTransaction, WaitingSummary } from '#ports/store.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import { objectsOf } from './store-objects.ts';
import { MemoryStoreReader } from './store-reader.ts';
import { copyTables, emptyTables, type StoredObjects, type WorkspaceTables } from './store-tables.ts';
import { MemoryTransaction } from './store-transaction.ts';
import { waitingSummary } from './store-waiting.ts';

export function createMemoryStore(): MemoryStore {
  return new MemoryStore();
}

export class MemoryStore implements Store {
  readonly #workspaces = new Map<MunchkinId, WorkspaceTables>();
  readonly #transacting = new Set<MunchkinId>();

  async checkpoint(workspace: MunchkinId): Promise<Checkpoint> {
    return { ...this.#tables(workspace).checkpoint };
  }

  async eventTables(workspace: MunchkinId): Promise<ReadonlyMap<string, EventTable>> {
    return new Map(Array.from(this.#tables(workspace).events, ([key, { table }]) => [key, table]));
  }

  async waiting(workspace: MunchkinId): Promise<WaitingSummary> {
    return waitingSummary(this.#tables(workspace));
  }

  async transaction<Result>(
    workspace: MunchkinId,
    work: (transaction: StoreTransaction) => Promise<Result>,
  ): Promise<Result> {
    assert(!this.#transacting.has(workspace), 'one transaction of a workspace at a time');
    this.#transacting.add(workspace);
    try {
      const copy = copyTables(this.#tables(workspace));
      const result = await work(this.begin(copy));
      crashPoint('store.before-commit');
      this.#workspaces.set(workspace, copy);
      crashPoint('store.after-commit');
      return result;
    } finally {
      this.#transacting.delete(workspace);
    }
  }

  reader(): StoreReader {
    return new MemoryStoreReader((workspace) => this.#tables(workspace));
  }

  /** The rows of `persons` or of a custom object type, which SQL shows where there is SQL. Undefined: no such type. */
  objects(workspace: MunchkinId, type: string): StoredObjects | undefined {
    return objectsOf(this.#tables(workspace), type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#workspaces.clear();
  }

  /** The exam's own tests put transactions with faults in its place. */
  protected begin(tables: WorkspaceTables): StoreTransaction {
    return new MemoryTransaction(tables);
  }

  #tables(workspace: MunchkinId): WorkspaceTables {
    const tables = this.#workspaces.get(workspace) ?? emptyTables();
    this.#workspaces.set(workspace, tables);
    return tables;
  }
}
