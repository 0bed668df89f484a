import type { MunchkinId } from '#model/words.ts';
import type { ObjectRow, StoreSubject } from '../../../tests/exams/store-subject.ts';
import { createMemoryStore, type MemoryStore } from './store.ts';

/** The memory store as the exam takes it. */
export function memorySubject(store: MemoryStore = createMemoryStore()): StoreSubject {
  const objects = async (workspace: MunchkinId, type: string): Promise<ObjectRow[]> => {
    const stored = store.objects(workspace, type);
    const rows = [...(stored?.rows.values() ?? [])].sort((a, b) => (a.identity < b.identity ? -1 : 1));
    return rows.map(({ values, ...row }) => {
      const present = [...values].filter(([, value]) => value !== null);
      return {
        ...row,
        values: new Map(present.map(([name, value]) => [stored?.fields.get(name)?.name ?? name, value])),
      };
    });
  };
  return { store, reader: store.reader(), objects, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}
