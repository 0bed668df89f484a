/**
 * The sandbox: decides, from the engine's own parse tree, whether a user's statement may run.
 * Owns: the allow-list of node types, of value types and of names in FROM; what it does not know it refuses.
 * Never: reads SQL text, talks to the engine, or relies on the engine's settings.
 */
import { EXPRESSION_FUNCTIONS, TABLE_FUNCTIONS } from './sql-functions.ts';
import { GUARD_MACROS } from './sql-guards.ts';
import { QueryError } from '#ports/store-reader.ts';

/** A node of the parse tree, as `json_serialize_sql` writes it. */
export type SqlNode = Readonly<Record<string, unknown>>;

/** What a user can see in the database. */
export interface VisibleNames {
  /** Name of the engine's catalogue for this workspace. */
  readonly catalog: string;
  /** Lower-cased `schema.view`. */
  readonly views: ReadonlySet<string>;
  /** Lower-cased schema whose views may be named without it, before all others. */
  readonly database?: string;
}

/** What a statement needs on its connection before it runs. */
export interface Needed {
  /** Functions that are macros (sql-guards.ts). */
  readonly guarded: ReadonlySet<string>;
  /** Lower-cased names of views of {@link VisibleNames.database} that it names without it. */
  readonly unqualified: ReadonlySet<string>;
}

const QUERY_NODES = new Set(['SELECT_NODE', 'SET_OPERATION_NODE', 'RECURSIVE_CTE_NODE']);

const PARTS = new Set([
  'EMPTY',
  'JOIN',
  'SUBQUERY',
  'EXPRESSION_LIST',
  'PIVOT',
  'ORDER_MODIFIER',
  'LIMIT_MODIFIER',
  'LIMIT_PERCENT_MODIFIER',
  'DISTINCT_MODIFIER',
  'ORDER_DEFAULT',
  'ASCENDING',
  'DESCENDING',
  'DECIMAL_TYPE_INFO',
  'LIST_TYPE_INFO',
  'STRUCT_TYPE_INFO',
  'ARRAY_TYPE_INFO',
  'STRING_TYPE_INFO',
]);

const EXPRESSIONS = new Set([
  'CONSTANT',
  'COLUMN_REF',
  'POSITIONAL_REFERENCE',
  'PARAMETER',
  'STAR',
  'CAST',
  'COLLATE',
  'CASE',
  'BETWEEN',
  'COMPARISON',
  'CONJUNCTION',
  'OPERATOR',
  'SUBQUERY',
  'LAMBDA',
  'FUNCTION',
  'WINDOW',
]);

const VALUE_TYPES = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'UHUGEINT',
  'BIGNUM',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
  'VARCHAR',
  'CHAR',
  'BLOB',
  'BIT',
  'UUID',
  'DATE',
  'TIME',
  'TIME WITH TIME ZONE',
  'TIME_NS',
  'TIMESTAMP',
  'TIMESTAMP WITH TIME ZONE',
  'TIMESTAMP_S',
  'TIMESTAMP_MS',
  'TIMESTAMP_NS',
  'INTERVAL',
  'LIST',
  'ARRAY',
  'STRUCT',
  'MAP',
  'UNION',
  'NULL',
  '"NULL"',
  'UNKNOWN',
  'INTEGER_LITERAL',
  'STRING_LITERAL',
]);

type Scope = ReadonlySet<string>;

/**
 * Throws {@link QueryError} `refused` unless the statement reads visible views and computes, nothing else.
 * Spec: docs/specs/sql.md, "What may run".
 */
export function inspectStatement(statement: SqlNode, visible: VisibleNames): Needed {
  const needed = { guarded: new Set<string>(), unqualified: new Set<string>() };
  new Inspection(visible, needed).visit(statement, new Set());
  return needed;
}

/** Refuses with a message that names what was refused. */
export function refuse(message: string): never {
  throw new QueryError('refused', message);
}

class Inspection {
  readonly #visible: VisibleNames;
  readonly #guarded: Set<string>;
  readonly #unqualified: Set<string>;

  constructor(visible: VisibleNames, needed: { readonly guarded: Set<string>; readonly unqualified: Set<string> }) {
    this.#visible = visible;
    this.#guarded = needed.guarded;
    this.#unqualified = needed.unqualified;
  }

  /** Looks at a value of the tree and at everything below it. */
  visit(value: unknown, scope: Scope): void {
    if (Array.isArray(value)) {
      for (const item of value) this.visit(item, scope);
    } else if (isNode(value)) {
      this.#visitNode(value, scope);
    }
  }

  #visitNode(node: SqlNode, scope: Scope): void {
    if (node['class'] !== undefined) return this.#visitExpression(node, scope);
    if (typeof node['id'] === 'string') return this.#visitValueType(node, scope);
    const type = node['type'];
    if (typeof type !== 'string') return this.#visitMembers(node, scope);
    if (QUERY_NODES.has(type)) return this.#visitQuery(node, scope);
    if (type === 'BASE_TABLE') return this.#visitTable(node, scope);
    if (type === 'TABLE_FUNCTION') return this.#visitTableFunction(node, scope);
    if (type === 'SHOW_REF') refuse('SHOW and DESCRIBE stand alone; they cannot be part of another query.');
    if (!PARTS.has(type)) refuse(`This part of SQL is not allowed here: ${type}.`);
    this.#visitMembers(node, scope);
  }

  #visitMembers(node: SqlNode, scope: Scope): void {
    for (const member of Object.values(node)) this.visit(member, scope);
  }

  /** The names of WITH hold in the query itself and in the later queries of the same WITH. */
  #visitQuery(node: SqlNode, outer: Scope): void {
    const { cte_map: withClause, ...rest } = node;
    const scope = new Set(outer);
    if (node['type'] === 'RECURSIVE_CTE_NODE') scope.add(name(node, 'cte_name'));
    for (const entry of withEntries(withClause)) {
      this.visit(entry['value'], scope);
      scope.add(name(entry, 'key'));
    }
    this.#visitMembers(rest, scope);
  }

  #visitTable(node: SqlNode, scope: Scope): void {
    const [catalog, schema, table] = [name(node, 'catalog_name'), name(node, 'schema_name'), name(node, 'table_name')];
    if (node['at_clause']) refuse('Time travel (AT) is not allowed here.');
    if (catalog === '' && (schema === '' || schema === 'recurring') && scope.has(table)) return;
    const { database } = this.#visible;
    if (catalog === '' && schema === '' && database !== undefined && this.#visible.views.has(`${database}.${table}`)) {
      this.#unqualified.add(table);
      return;
    }
    const inWorkspace = catalog === '' || catalog === this.#visible.catalog.toLowerCase();
    if (inWorkspace && this.#visible.views.has(`${schema || 'main'}.${table}`)) return;
    const path = [node['catalog_name'], node['schema_name'], node['table_name']].filter(Boolean).join('.');
    refuse(`There is no table ${quote(path)} here. SHOW TABLES lists what can be queried.`);
  }

  #visitTableFunction(node: SqlNode, scope: Scope): void {
    const call = node['function'];
    if (!isNode(call) || call['class'] !== 'FUNCTION') refuse('This kind of table function is not allowed here.');
    const called = name(call, 'function_name');
    if (!TABLE_FUNCTIONS.has(called)) {
      refuse(`The table function ${quote(called)} is not allowed; FROM takes the tables of SHOW TABLES.`);
    }
    const { function: _, ...rest } = node;
    this.#visitMembers(call, scope);
    this.#visitMembers(rest, scope);
  }

  #visitExpression(node: SqlNode, scope: Scope): void {
    const kind = String(node['class']);
    if (!EXPRESSIONS.has(kind)) refuse(`This kind of expression is not allowed here: ${kind}.`);
    if (kind === 'CONSTANT') return;
    if (kind === 'FUNCTION' || kind === 'WINDOW') this.#checkCall(node);
    this.#visitMembers(node, scope);
  }

  #checkCall(node: SqlNode): void {
    const called = name(node, 'function_name');
    if (!EXPRESSION_FUNCTIONS.has(called)) {
      refuse(`The function ${quote(called)} is not allowed; docs/guides/sql.md tells which are.`);
    }
    if (!GUARD_MACROS.has(called)) return;
    if (name(node, 'schema') || name(node, 'catalog')) {
      refuse(`Call ${quote(called)} by its name alone: ${called}(…), without anything before it.`);
    }
    this.#guarded.add(called);
  }

  #visitValueType(node: SqlNode, scope: Scope): void {
    const details = node['type_info'];
    if (node['id'] === 'UNBOUND' && isNode(details)) {
      if (name(details, 'name') === 'json' && !details['schema'] && !details['catalog']) return;
      refuse(`The type ${quote(String(details['name']))} is not known here.`);
    }
    if (!VALUE_TYPES.has(String(node['id']))) refuse(`The type ${quote(String(node['id']))} is not allowed here.`);
    this.#visitMembers(node, scope);
  }
}

function withEntries(withClause: unknown): readonly SqlNode[] {
  const entries = isNode(withClause) ? withClause['map'] : undefined;
  return Array.isArray(entries) ? entries.filter(isNode) : [];
}

function isNode(value: unknown): value is SqlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// The engine matches names without regard to case.
function name(node: SqlNode, member: string): string {
  const value = node[member] ?? '';
  return (typeof value === 'string' ? value : JSON.stringify(value)).toLowerCase();
}

function quote(text: string): string {
  return `"${text.length > 100 ? `${text.slice(0, 100)}…` : text}"`;
}
