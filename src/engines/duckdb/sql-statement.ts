/**
 * Reading a user's statement: the engine's own parser says what it is, the sandbox says whether it may run.
 * Owns: the way from text to a checked statement. Never: runs a user's statement.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { BASE_SCHEMA, literal } from './identifiers.ts';
import { inspectStatement, refuse } from './sql-sandbox.ts';
import type { Needed, SqlNode, VisibleNames } from './sql-sandbox.ts';
import { QueryError } from '#ports/store-reader.ts';

/** A statement that may run. */
export type CheckedStatement =
  /** The statement itself, and what it needs. */
  | { readonly kind: 'query' | 'explain'; readonly text: string; readonly needed: Needed }
  /** The columns of a table or query are asked for: `text` is that query, which need not run. */
  | { readonly kind: 'describe'; readonly text: string; readonly needed: Needed }
  /** The names of all tables are asked for. */
  | { readonly kind: 'tables' };

/** The longest statement taken: what a person writes is shorter, and parsing takes memory that no limit sees. */
const MAX_STATEMENT_CHARACTERS = 200_000;

const GAP = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)*`;
const START = `^(?:${GAP};)*${GAP}`;
const EXPLAIN = new RegExp(`${START}explain\\b(${GAP}analyze\\b)?`, 'i');
const DESCRIBE = new RegExp(`${START}(?:describe|desc|show)\\b`, 'i');

// The parser's ways of writing SHOW TABLES, SHOW ALL TABLES, and DESCRIBE without a name.
const ALL_TABLES = new Set(['"tables"', '__show_tables_expanded']);

/**
 * Checks a statement. `connection` is used for parsing alone.
 * Throws {@link QueryError}: `failed` for a syntax error, `refused` for what the sandbox does not let through.
 */
export async function checkStatement(
  connection: DuckDBConnection,
  query: string,
  visible: VisibleNames,
): Promise<CheckedStatement> {
  checkText(query);
  const explain = EXPLAIN.exec(query);
  if (explain === null) return checkSelect(connection, query, visible);
  const text = query.slice(explain[0].length);
  const verb = explain[1] === undefined ? 'EXPLAIN' : 'EXPLAIN ANALYZE';
  const checked = await checkSelect(connection, text, visible);
  if (checked.kind !== 'query') refuse('EXPLAIN takes a SELECT or VALUES statement.');
  return { kind: 'explain', text: `${verb} ${text}`, needed: checked.needed };
}

/** The views that users see, as the connection's transaction sees them. */
export async function readVisibleNames(connection: DuckDBConnection): Promise<VisibleNames & { tables: string[] }> {
  const result = await connection.run(
    `select schema_name, view_name, current_database() from duckdb_views()
     where not internal and database_name = current_database() and schema_name <> ${literal(BASE_SCHEMA)}
     order by schema_name <> 'main', schema_name, view_name`,
  );
  const rows = (await result.getRows()).map((row) => row.map(String));
  return {
    catalog: rows[0]?.[2] ?? '',
    views: new Set(rows.map(([schema, view]) => `${schema}.${view}`.toLowerCase())),
    tables: rows.map(([schema, view]) => (schema === 'main' ? String(view) : `${schema}.${view}`)),
  };
}

// The engine reads text up to the first NUL and turns lone surrogates into another character: what is checked would
// not be what the sender wrote.
function checkText(query: string): void {
  if (query.includes('\0')) refuse('The query contains a NUL character; remove it.');
  if (!query.isWellFormed()) refuse('The query contains half of a UTF-16 surrogate pair; remove it.');
  if (query.length <= MAX_STATEMENT_CHARACTERS) return;
  refuse(`The query has ${query.length} characters; at most ${MAX_STATEMENT_CHARACTERS} are taken.`);
}

async function checkSelect(
  connection: DuckDBConnection,
  text: string,
  visible: VisibleNames,
): Promise<CheckedStatement> {
  const statement = await parseSelect(connection, text);
  const show = topLevelShow(statement);
  if (show === undefined) return { kind: 'query', text, needed: inspectStatement(statement, visible) };
  if (show['show_type'] === 'SHOW_UNQUALIFIED' && ALL_TABLES.has(String(show['table_name']))) return { kind: 'tables' };
  if (show['show_type'] !== 'DESCRIBE' || show['query'] === undefined) {
    refuse('Only SHOW TABLES, SHOW <table> and DESCRIBE <table or query> are allowed of this kind.');
  }
  return checkDescribed(connection, text, visible);
}

/** The parse tree of a text that is exactly one statement, and one that only reads. */
async function parseSelect(connection: DuckDBConnection, text: string): Promise<SqlNode> {
  const tree = await parseTree(
    connection,
    `${literal(text)}, skip_default := true, skip_null := true, skip_empty := true`,
  );
  if (tree.error) throw parseError(tree);
  const [first, ...others] = tree.statements ?? [];
  if (first === undefined) throw new QueryError('failed', 'The query is empty; write one SELECT statement.');
  if (others.length > 0) refuse('The query holds several statements; send one at a time.');
  return first;
}

interface ParseTree {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly statements?: readonly SqlNode[];
}

// The engine's parser takes nothing but constants, so the text is quoted; a quote inside it is doubled.
async function parseTree(connection: DuckDBConnection, constants: string): Promise<ParseTree> {
  const result = await connection.run(`select json_serialize_sql(${constants})`);
  try {
    return JSON.parse(String((await result.getRows())[0]?.[0])) as ParseTree;
  } catch (error) {
    // The engine writes such a number as Infinity, which is not JSON.
    throw new QueryError('refused', 'The query contains a number beyond the range of a double.', { cause: error });
  }
}

function parseError(tree: ParseTree): QueryError {
  const message = tree.error_message ?? 'the statement cannot be read';
  if (!message.startsWith('Only SELECT statements')) return new QueryError('failed', `Parser Error: ${message}`);
  return new QueryError(
    'refused',
    'Only one SELECT, VALUES, SHOW TABLES, DESCRIBE or EXPLAIN statement is allowed. ' +
      'A PIVOT needs its columns listed: PIVOT … ON column IN (value, …).',
  );
}

/** SHOW and DESCRIBE are parsed as `SELECT * FROM` something special. */
function topLevelShow(statement: SqlNode): SqlNode | undefined {
  const from = (statement['node'] as SqlNode | undefined)?.['from_table'] as SqlNode | undefined;
  return from?.['type'] === 'SHOW_REF' && isBareStar(statement['node'] as SqlNode) ? from : undefined;
}

// What a user adds around a nested SHOW makes the tree differ from this; then the sandbox refuses it.
function isBareStar(node: SqlNode): boolean {
  const members = Object.keys(node).toSorted().join();
  const [star, ...others] = node['select_list'] as readonly SqlNode[];
  return (
    members === 'aggregate_handling,from_table,select_list,type' &&
    others.length === 0 &&
    Object.keys(star ?? {}).join() === 'class,type' &&
    star?.['class'] === 'STAR'
  );
}

/** What stands after DESCRIBE is a query, or a table's name, which FROM makes one. It is checked like any other. */
async function checkDescribed(
  connection: DuckDBConnection,
  text: string,
  visible: VisibleNames,
): Promise<CheckedStatement> {
  const described = text.replace(DESCRIBE, '');
  const fromTable = `FROM ${described}`;
  const query = (await isSelect(connection, fromTable)) ? fromTable : described;
  const needed = inspectStatement(await parseSelect(connection, query), visible);
  return { kind: 'describe', text: query, needed };
}

async function isSelect(connection: DuckDBConnection, text: string): Promise<boolean> {
  return !(await parseTree(connection, literal(text))).error;
}
