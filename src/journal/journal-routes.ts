/**
 * Journal: hands the stored stream of status events to those who follow it, in pages and live, and keeps the clerk who
 * adds quota, backlog and the sums of each hour to it.
 * Owns: shared memory of what was written lately, live streams, tickets, the clerk.
 * Never: decides a fate, or lets one who reads slow down those who send.
 */
import type { JournalParts } from './journal-parts.ts';
import { journalingRoutes } from './journaling-routes.ts';
import { liveRoutes } from './live-routes.ts';
import { readingProblem } from './reading-fault.ts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

export function journalRoutes(parts: JournalParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    // What is thrown here goes on to the API's own error handler.
    app.setErrorHandler((error) => {
      throw readingProblem(error);
    });
    journalingRoutes(app, parts);
    liveRoutes(app, parts);
  };
}
