/** What the steps of one transaction share. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Catalog } from './catalog.ts';
import type { KeyIndex } from './key-index.ts';

export interface Session {
  readonly connection: DuckDBConnection;
  readonly catalog: Catalog;
  /** Survives a rollback, unlike the catalog. */
  readonly keyIndex: KeyIndex;
  /** Base tables of objects from which this transaction has deleted rows. */
  readonly rewrittenTables: Set<string>;
  /** Keys of event tables whose schema this transaction changed. */
  readonly changedEventTables: Set<string>;
  /** Keys of event tables that this transaction appended to. */
  readonly appendedEventTables: Set<string>;
}
