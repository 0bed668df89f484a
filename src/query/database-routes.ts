/** `W/databases`: which event tables there are, and which key became which column. */
import type { QueryParts } from './query-parts.ts';
import { pageByKey } from '#protocols/api/paging.ts';
import { Problem } from '#protocols/api/problems.ts';
import { munchkinIdParam, pageOf, pageQuery, problems, workspaceParams } from '#protocols/api/schemas.ts';
import type { Api } from '#protocols/api/schemas.ts';
import type { EventTable } from '#model/event-table.ts';
import { foldEventName } from '#model/event-names.ts';
import type { MunchkinId } from '#model/words.ts';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsyncTypebox, TSchema } from '@fastify/type-provider-typebox';

const databaseParams = Type.Object({ munchkinId: munchkinIdParam, database: Type.String() });
const tableParams = Type.Object({ munchkinId: munchkinIdParam, database: Type.String(), table: Type.String() });

const columnType = Type.Enum(['boolean', 'integer', 'bigInteger', 'decimal', 'text', 'json']);

const databaseItem: TSchema = Type.Object({ database: Type.String(), tables: Type.Integer() });

const tableItem: TSchema = Type.Object({
  database: Type.String(),
  table: Type.String(),
  columns: Type.Integer(),
  rows: Type.Integer(),
});

const tableSchema: TSchema = Type.Object({
  database: Type.String(),
  table: Type.String(),
  rows: Type.Integer({ description: 'Rows ever stored' }),
  extra: Type.Boolean({ description: 'Whether the table has the JSON column _extra' }),
  columns: Type.Array(
    Type.Object({
      key: Type.String({ description: 'As the sender wrote it' }),
      column: Type.String(),
      type: columnType,
      history: Type.Array(
        Type.Object({ type: columnType, until: Type.Integer({ description: 'Ordinal of the first row after it' }) }),
        { description: 'Types that the column had before, oldest first' },
      ),
    }),
  ),
});

const tags = ['databases'];

export function databaseRoutes(parts: QueryParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    listDatabases(app, parts);
    listTables(app, parts);
    getTable(app, parts);
  };
}

function listDatabases(app: Api, parts: QueryParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/databases',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'listDatabases',
        summary: 'List the databases that hold event tables',
        params: workspaceParams,
        querystring: pageQuery,
        response: { 200: pageOf(databaseItem), ...problems(400, 401, 403, 404, 503) },
      },
    },
    async (request) => {
      const tables = await parts.reader.eventTables(request.params.munchkinId as MunchkinId);
      const items = [...Map.groupBy(tables, ({ database }) => database)].map(([database, group]) => ({
        database,
        tables: group.length,
      }));
      return pageByKey(items, ({ database }) => database, { url: request.url, ...request.query });
    },
  );
}

function listTables(app: Api, parts: QueryParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/databases/:database/tables',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'listTables',
        summary: 'List the tables of a database',
        params: databaseParams,
        querystring: pageQuery,
        response: { 200: pageOf(tableItem), ...problems(400, 401, 403, 404, 503) },
      },
    },
    async (request) => {
      const database = foldEventName(request.params.database);
      const tables = await parts.reader.eventTables(request.params.munchkinId as MunchkinId);
      const items = tables.filter((table) => table.database === database).map(shownTable);
      if (items.length === 0)
        throw new Problem('database-unknown', 'No event has been stored in a database of this name.');
      return pageByKey(items, ({ table }) => table, { url: request.url, ...request.query });
    },
  );
}

function getTable(app: Api, parts: QueryParts): void {
  app.get(
    '/v1/workspaces/:munchkinId/databases/:database/tables/:table',
    {
      config: { access: 'workspace' },
      schema: {
        tags,
        operationId: 'getTable',
        summary: 'The schema of an event table: keys, columns, types and their history',
        params: tableParams,
        response: { 200: tableSchema, ...problems(401, 403, 404, 503) },
      },
    },
    async (request) => {
      const [database, name] = [foldEventName(request.params.database), foldEventName(request.params.table)];
      const tables = await parts.reader.eventTables(request.params.munchkinId as MunchkinId);
      const table = tables.find((each) => each.database === database && each.table === name);
      if (table === undefined) throw new Problem('table-unknown', 'No event has been stored in a table of this name.');
      return table;
    },
  );
}

function shownTable({ database, table, columns, rows }: EventTable): {
  database: string;
  table: string;
  columns: number;
  rows: number;
} {
  return { database, table, columns: columns.length, rows };
}
