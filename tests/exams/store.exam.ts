/**
 * The exam of the store: each clause of src/ports/store.ts and src/ports/store-reader.ts as a check that any engine
 * can be put to. Owns: the list. Never: knows an engine.
 */
import { ACTION_CLAUSES } from './store-actions.clauses.ts';
import { BATCH_CLAUSES } from './store-batches.clauses.ts';
import { CUSTOM_OBJECT_CLAUSES } from './store-custom-objects.clauses.ts';
import { EVENT_CLAUSES } from './store-events.clauses.ts';
import { FATE_CLAUSES } from './store-fates.clauses.ts';
import { JOURNAL_CLAUSES } from './store-journal.clauses.ts';
import { KEY_CLAUSES } from './store-keys.clauses.ts';
import { LINK_CLAUSES } from './store-links.clauses.ts';
import { QUARANTINE_CLAUSES } from './store-quarantine.clauses.ts';
import { READING_CLAUSES } from './store-reading.clauses.ts';
import { REPLAY_CLAUSES } from './store-replay.clauses.ts';
import { RETENTION_CLAUSES } from './store-retention.clauses.ts';
import { SPARSE_EVENT_CLAUSES } from './store-sparse-events.clauses.ts';
import type { StoreClause } from './store-subject.ts';
import { UPSERT_CLAUSES } from './store-upserts.clauses.ts';
import { VERSION_CLAUSES } from './store-versions.clauses.ts';
import { WAITING_CLAUSES } from './store-waiting.clauses.ts';
import { WAKING_CLAUSES } from './store-waking.clauses.ts';

export const STORE_EXAM: readonly StoreClause[] = [
  ...BATCH_CLAUSES,
  ...UPSERT_CLAUSES,
  ...ACTION_CLAUSES,
  ...CUSTOM_OBJECT_CLAUSES,
  ...LINK_CLAUSES,
  ...WAITING_CLAUSES,
  ...VERSION_CLAUSES,
  ...WAKING_CLAUSES,
  ...REPLAY_CLAUSES,
  ...READING_CLAUSES,
  ...EVENT_CLAUSES,
  ...SPARSE_EVENT_CLAUSES,
  ...KEY_CLAUSES,
  ...FATE_CLAUSES,
  ...JOURNAL_CLAUSES,
  ...RETENTION_CLAUSES,
  ...QUARANTINE_CLAUSES,
];
