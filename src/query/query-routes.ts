/**
 * Query: reads the store for those who ask: SQL, requests and fates, quarantine, events as they were sent.
 * Owns: the reading half of the HTTP API, and what is asked for on the grounds of it: replays, and ends of waits.
 * Never: changes the store; what is to change there goes into the log. Nor says who may ask (the API's door does).
 */
import { cancelRoutes } from './cancel-routes.ts';
import { databaseRoutes } from './database-routes.ts';
import { deleteTableRoutes } from './delete-table-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { fateRoutes } from './fate-routes.ts';
import { quarantineRoutes } from './quarantine-routes.ts';
import type { QueryParts } from './query-parts.ts';
import { replayRoutes } from './replay-routes.ts';
import { readProblem } from './read-problem.ts';
import { requestRoutes } from './request-routes.ts';
import { sqlRoutes } from './sql-routes.ts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

export function queryRoutes(parts: QueryParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    // What is thrown here goes on to the API's own error handler.
    app.setErrorHandler((error) => {
      throw readProblem(error);
    });
    await app.register(sqlRoutes(parts));
    await app.register(requestRoutes(parts));
    await app.register(fateRoutes(parts));
    await app.register(cancelRoutes(parts));
    await app.register(quarantineRoutes(parts));
    await app.register(replayRoutes(parts));
    await app.register(databaseRoutes(parts), deleteTableRoutes(parts));
    await app.register(eventRoutes(parts));
  };
}
