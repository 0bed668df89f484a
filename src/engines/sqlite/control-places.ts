/**
 * The table of databases and tables that were made by name, beside the tables of definitions.
 * Owns: its disk format. Never: opens a transaction; its methods run inside the caller's.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { EventPlace } from '#model/event-place.ts';
import type { MunchkinId } from '#model/words.ts';

/** Stands for the database itself; no table is called so. */
const NO_TABLE = '';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS event_places (
    workspace TEXT NOT NULL REFERENCES workspaces, database TEXT NOT NULL, event_table TEXT NOT NULL,
    created_at INTEGER NOT NULL, PRIMARY KEY (workspace, database, event_table)
  ) STRICT`;

export class EventPlaceTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  create(): void {
    this.#database.exec(SCHEMA);
  }

  add(workspace: MunchkinId, { database, table = NO_TABLE, createdAt }: EventPlace): boolean {
    const sql = 'INSERT INTO event_places VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
    return this.#database.prepare(sql).run(workspace, database, table, createdAt).changes === 1;
  }

  remove(workspace: MunchkinId, { database, table }: Pick<EventPlace, 'database' | 'table'>): boolean {
    const ofDatabase = 'DELETE FROM event_places WHERE workspace = ? AND database = ?';
    const { changes } =
      table === undefined
        ? this.#database.prepare(ofDatabase).run(workspace, database)
        : this.#database.prepare(`${ofDatabase} AND event_table = ?`).run(workspace, database, table);
    return Number(changes) > 0;
  }

  of(workspace: MunchkinId): readonly EventPlace[] {
    const rows = this.#database.prepare('SELECT * FROM event_places WHERE workspace = ? ORDER BY rowid').all(workspace);
    return rows.map((row) => {
      const table = String(row['event_table']);
      const place = { database: String(row['database']), createdAt: Number(row['created_at']) };
      return table === NO_TABLE ? place : { ...place, table };
    });
  }
}
