/**
 * The exam of the store: each clause of src/ports/store.ts and src/ports/store-reader.ts as a check that any engine
 * can be put to. Owns: the list. Never: knows an engine.
 */
import { BATCH_CLAUSES } from './store-batches.clauses.ts';
import { CUSTOM_OBJECT_CLAUSES } from './store-custom-objects.clauses.ts';
import { EVENT_CLAUSES } from './store-events.clauses.ts';
import type { StoreClause } from './store-subject.ts';
import { UPSERT_CLAUSES } from './store-upserts.clauses.ts';

export const STORE_EXAM: readonly StoreClause[] = [
  ...BATCH_CLAUSES,
  ...UPSERT_CLAUSES,
  ...CUSTOM_OBJECT_CLAUSES,
  ...EVENT_CLAUSES,
];
