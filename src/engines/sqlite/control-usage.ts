/**
 * The table of REST calls, beside the tables of definitions.
 * Owns: its disk format. Never: opens a transaction; its methods run inside the caller's.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { UsageCount } from '#model/rest-usage.ts';
import type { MunchkinId } from '#model/words.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS rest_usage (
    workspace TEXT NOT NULL REFERENCES workspaces, day TEXT NOT NULL, client_name TEXT NOT NULL, code TEXT NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (workspace, day, client_name, code)
  ) STRICT, WITHOUT ROWID`;

export class UsageTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  create(): void {
    this.#database.exec(SCHEMA);
  }

  add(counts: readonly UsageCount[], forgetBefore: string): void {
    const statement = this.#database.prepare(
      'INSERT INTO rest_usage VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    );
    for (const { workspace, day, clientName, code, count } of counts) {
      if (day >= forgetBefore) statement.run(workspace, day, clientName, code, count);
    }
    this.#database.prepare('DELETE FROM rest_usage WHERE day < ?').run(forgetBefore);
  }

  from(workspace: MunchkinId, fromDay: string): readonly UsageCount[] {
    const rows = this.#database
      .prepare('SELECT * FROM rest_usage WHERE workspace = ? AND day >= ?')
      .all(workspace, fromDay);
    return rows.map((row) => ({
      workspace,
      day: String(row['day']),
      clientName: String(row['client_name']),
      code: String(row['code']),
      count: Number(row['count']),
    }));
  }
}
