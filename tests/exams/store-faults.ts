/**
 * What may be wrong with a store, planted into the one in memory: the exam has to catch each.
 * Owns: how a fault is planted. Never: judges.
 */
import { MemoryStore } from '#engines/memory/store.ts';
import { memorySubject } from '#engines/memory/store.fixture.ts';
import type { WorkspaceTables } from '#engines/memory/store-tables.ts';
import type { Store, StoreTransaction } from '#ports/store.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { StoreSubject } from './store-subject.ts';

export interface Fault {
  /** Says what such a store does: "a store that …". */
  readonly name: string;
  /** How the name of a clause begins that catches it. */
  readonly caughtBy: string;
  /** Methods of a transaction that do one thing wrong; `tables` are those that it works on. */
  readonly plant?: (transaction: StoreTransaction, tables: WorkspaceTables) => Partial<StoreTransaction>;
  /** Methods of the store itself that do. */
  readonly plantStore?: (store: Store) => Partial<Store>;
  /** Methods of the reading side that do. */
  readonly misread?: (reader: StoreReader) => Partial<StoreReader>;
}

export function faultySubject(fault: Fault): StoreSubject {
  const subject = memorySubject(new FaultyStore(fault));
  const { store } = subject;
  const reader = subject.reader as StoreReader;
  return {
    ...subject,
    store: replaced(store, fault.plantStore?.(store) ?? {}),
    reader: replaced(reader, fault.misread?.(reader) ?? {}),
  };
}

class FaultyStore extends MemoryStore {
  readonly #fault: Fault;

  constructor(fault: Fault) {
    super();
    this.#fault = fault;
  }

  protected override begin(tables: WorkspaceTables): StoreTransaction {
    const sound = super.begin(tables);
    return replaced(sound, this.#fault.plant?.(sound, tables) ?? {});
  }
}

/** The same object with some of its methods replaced. */
function replaced<Methods extends object>(sound: Methods, methods: Partial<Methods>): Methods {
  return new Proxy(sound, {
    get: (target, name: string & keyof Methods) => {
      const method = methods[name] ?? target[name];
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
}

/** A copy without one of its members. */
export function without<Shape extends object, Name extends keyof Shape>(shape: Shape, name: Name): Omit<Shape, Name> {
  const copy: Partial<Shape> = { ...shape };
  delete copy[name];
  return copy as Omit<Shape, Name>;
}
