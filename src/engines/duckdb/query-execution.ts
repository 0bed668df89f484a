/**
 * One query on its connection: checked, run inside a transaction that can only read, and ended from outside.
 * Owns: the steps of a query and the ways to end it. Never: decides that it has to end.
 */
import { StatementType } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { bindParams } from './query-params.ts';
import { readRows } from './query-rows.ts';
import type { AnswerLimits, Rows } from './query-rows.ts';
import { portableTypeName } from './query-types.ts';
import { identifier } from './identifiers.ts';
import { GUARD_MACROS } from './sql-guards.ts';
import type { Needed } from './sql-sandbox.ts';
import { checkStatement, readVisibleNames } from './sql-statement.ts';
import { QueryError } from '#ports/store-reader.ts';
import type { SqlQuery } from '#ports/store-reader.ts';

// The engine fills this buffer ahead of the reader and counts rows at their fixed width: at its own 1 MB, rows with
// texts of 20 kB would come to half a gigabyte. An instance that does not allow the setting still answers.
const SMALL_BUFFER = `set streaming_buffer_size = '16KB'`;

export class QueryExecution implements Disposable {
  readonly #connection: DuckDBConnection;
  readonly #limits: AnswerLimits;
  #ended: QueryError | undefined;
  #settled = false;

  constructor(connection: DuckDBConnection, limits: AnswerLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  /** Why the query was told to end; undefined while it was not. */
  get ended(): QueryError | undefined {
    return this.#ended;
  }

  /**
   * Tells the query to end. The engine forgets an interrupt that comes between two of its statements, so callers
   * repeat it until {@link run} has settled. The first reason counts.
   */
  end(reason: QueryError): void {
    this.#ended ??= reason;
    if (!this.#settled) this.#connection.interrupt();
  }

  /** Runs the query; afterwards the connection is closed, and everything that it held is released. */
  async run(query: SqlQuery): Promise<Rows> {
    try {
      await this.#connection.run(SMALL_BUFFER).catch(() => undefined);
      this.#checkpoint();
      await this.#connection.run('BEGIN TRANSACTION READ ONLY');
      return await this.#answer(query);
    } catch (error) {
      throw this.#ended ?? error;
    } finally {
      this[Symbol.dispose]();
    }
  }

  /** Rolls back, and ends a result that is still streaming: all that hangs on the connection. Idempotent. */
  [Symbol.dispose](): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#connection.closeSync();
  }

  async #answer(query: SqlQuery): Promise<Rows> {
    const names = await readVisibleNames(this.#connection);
    this.#checkpoint();
    const database = query.database?.toLowerCase();
    const visible = database === undefined ? names : { ...names, database };
    const checked = await checkStatement(this.#connection, query.query, visible);
    this.#checkpoint();
    if (checked.kind === 'tables') return listTables(names.tables);
    await this.#provide(checked.needed, database ?? '');
    const statement = await this.#connection.prepare(checked.text);
    this.#checkpoint();
    if (checked.kind === 'describe') return describe(statement);
    return this.#stream(statement, query.params ?? []);
  }

  // Macros and views of this connection alone, which are found before any others.
  async #provide({ guarded, unqualified }: Needed, database: string): Promise<void> {
    for (const name of guarded) await this.#connection.run(GUARD_MACROS.get(name) ?? '');
    for (const name of unqualified) {
      const view = `create temp view ${identifier(name)} as from ${identifier(database)}.${identifier(name)}`;
      await this.#connection.run(view);
    }
  }

  async #stream(statement: DuckDBPreparedStatement, params: readonly unknown[]): Promise<Rows> {
    // The parse tree said so already; the engine's own word about what it is going to run costs nothing.
    const type = statement.statementType;
    if (type !== StatementType.SELECT && type !== StatementType.EXPLAIN) {
      throw new QueryError('refused', 'Only statements that read are allowed.');
    }
    bindParams(statement, params);
    const result = await statement.stream();
    return readRows(result, this.#limits, () => this.#checkpoint());
  }

  #checkpoint(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }
}

function listTables(tables: readonly string[]): Rows {
  return { columns: [{ name: 'name', type: 'text' }], rows: tables.map((table) => [table]) };
}

function describe(statement: DuckDBPreparedStatement): Rows {
  const rows = Array.from({ length: statement.columnCount }, (_, i) => [
    statement.columnName(i),
    portableTypeName(statement.columnType(i)),
  ]);
  return {
    columns: [
      { name: 'column_name', type: 'text' },
      { name: 'column_type', type: 'text' },
    ],
    rows,
  };
}
