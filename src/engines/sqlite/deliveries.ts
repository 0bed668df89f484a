/**
 * Deliveries in SQLite, in a file of their own.
 * Owns: `webhooks.db` in the data directory. Never: waits for the disk at a commit.
 *
 * `synchronous = NORMAL`: what was committed survives the end of the process, and the failure of the machine takes the
 * last moments back, after which their events are delivered again. That costs no fsync for each try.
 */
import { DatabaseSync } from 'node:sqlite';
import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import { MAX_TRACE_AGE_MS, MAX_TRACES } from '#model/webhook.ts';
import type { Delivery, DeliveryTrace, WebhookStanding } from '#model/webhook.ts';
import type { Deliveries, DeliveryChange, KeptTrace, TracePageRequest } from '#ports/deliveries.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS standings (webhook_id TEXT PRIMARY KEY, standing TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS pending (
    webhook_id TEXT NOT NULL, id TEXT NOT NULL, delivery TEXT NOT NULL, PRIMARY KEY (webhook_id, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS traces (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT, webhook_id TEXT NOT NULL, succeeded INTEGER NOT NULL, at REAL NOT NULL,
    trace TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS traces_of_webhook ON traces (webhook_id, succeeded, ordinal);`;

const STATEMENTS = {
  standing: 'SELECT standing FROM standings WHERE webhook_id = ?',
  pending: 'SELECT delivery FROM pending WHERE webhook_id = ? ORDER BY id',
  traces: `SELECT ordinal, trace FROM traces WHERE webhook_id = ? AND ordinal < ? AND at >= ?
    ORDER BY ordinal DESC LIMIT ?`,
  putStanding:
    'INSERT INTO standings VALUES (?, ?) ON CONFLICT (webhook_id) DO UPDATE SET standing = excluded.standing',
  putPending:
    'INSERT INTO pending VALUES (?, ?, ?) ON CONFLICT (webhook_id, id) DO UPDATE SET delivery = excluded.delivery',
  endPending: 'DELETE FROM pending WHERE webhook_id = ? AND id = ?',
  addTrace: 'INSERT INTO traces (webhook_id, succeeded, at, trace) VALUES (?, ?, ?, ?)',
  // The ordinal of the last trace that is one too many; NULL, which deletes nothing, while there is none.
  cutTraces: `DELETE FROM traces WHERE webhook_id = ?1 AND succeeded = ?2 AND ordinal <= (
    SELECT ordinal FROM traces WHERE webhook_id = ?1 AND succeeded = ?2 ORDER BY ordinal DESC LIMIT 1 OFFSET ?3)`,
  cutOldTraces: 'DELETE FROM traces WHERE webhook_id = ? AND at < ?',
} as const;

const TABLES = ['standings', 'pending', 'traces'] as const;

/** A page that is being read never is as large as this. */
const NO_ORDINAL = Number.MAX_SAFE_INTEGER;

/** Opens the file, making it at first. */
export function openSqliteDeliveries({ path }: { readonly path: string }): Deliveries {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  database.exec(SCHEMA);
  return new SqliteDeliveries(database);
}

class SqliteDeliveries implements Deliveries {
  readonly #database: DatabaseSync;
  readonly #statements: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  async standing(webhookId: string): Promise<WebhookStanding | undefined> {
    const row = this.#statements.standing.get(webhookId);
    return row === undefined ? undefined : fromJson<WebhookStanding>(row['standing']);
  }

  async pending(webhookId: string): Promise<readonly Delivery[]> {
    return this.#statements.pending.all(webhookId).map((row) => fromJson<Delivery>(row['delivery']));
  }

  async traces(
    webhookId: string,
    { before = NO_ORDINAL, from, limit }: TracePageRequest,
  ): Promise<readonly KeptTrace[]> {
    const rows = this.#statements.traces.all(webhookId, before, from, limit);
    return rows.map((row) => ({ ...fromJson<DeliveryTrace>(row['trace']), ordinal: Number(row['ordinal']) }));
  }

  async commit({ standing, pending = [], ended = [], traces = [] }: DeliveryChange): Promise<void> {
    const { webhookId } = standing;
    this.#transaction(() => {
      this.#statements.putStanding.run(webhookId, JSON.stringify(standing));
      for (const delivery of pending) this.#statements.putPending.run(webhookId, delivery.id, JSON.stringify(delivery));
      for (const id of ended) this.#statements.endPending.run(webhookId, id);
      for (const trace of traces) this.#addTrace(webhookId, trace);
    });
  }

  async forget(webhookId: string): Promise<void> {
    this.#transaction(() => {
      for (const table of TABLES) this.#database.prepare(`DELETE FROM ${table} WHERE webhook_id = ?`).run(webhookId);
    });
  }

  async keepOnly(webhookIds: ReadonlySet<string>): Promise<void> {
    const kept = JSON.stringify([...webhookIds]);
    this.#transaction(() => {
      for (const table of TABLES) {
        const sql = `DELETE FROM ${table} WHERE webhook_id NOT IN (SELECT value FROM json_each(?))`;
        this.#database.prepare(sql).run(kept);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
  }

  #addTrace(webhookId: string, trace: DeliveryTrace): void {
    const succeeded = Number(trace.succeeded);
    this.#statements.addTrace.run(webhookId, succeeded, trace.at, JSON.stringify(trace));
    this.#statements.cutTraces.run(webhookId, succeeded, MAX_TRACES);
    this.#statements.cutOldTraces.run(webhookId, trace.at - MAX_TRACE_AGE_MS);
  }

  #transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

function fromJson<Shape>(text: SQLOutputValue | undefined): Shape {
  return JSON.parse(String(text)) as Shape;
}
