/**
 * Who may call a route of the HTTP API. Each route says so in its config; a route that does not cannot be registered.
 * Owns: the words. Never: checks a token (admin/authorize.ts does).
 */

/**
 * - `public`: anyone.
 * - `server`: an admin token that opens everything.
 * - `workspace`: an admin token that opens the workspace in the path.
 * - `workspace-or-client`: also an access token of a client of that workspace.
 */
export type Access = 'public' | 'server' | 'workspace' | 'workspace-or-client';

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly access?: Access;
  }
}
