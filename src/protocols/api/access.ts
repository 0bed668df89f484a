/**
 * Who may call a route of the HTTP API. Each route says so in its config; a route that does not cannot be registered.
 * Owns: the words. Never: checks a token (admin/authorize.ts does).
 */

import type { Client } from '#model/definitions.ts';

/**
 * - `public`: anyone.
 * - `server`: an admin token that opens everything.
 * - `workspace`: an admin token that opens the workspace in the path.
 * - `workspace-or-client`: also an access token of a client of that workspace.
 * - `token-or-ticket`: as `workspace-or-client`, or, without a token, a ticket, which the room that has the route
 *   looks at.
 * - `client`: an access token of a client. The room that has the route looks at it, in the words of its own protocol.
 * - `write-key`: a write key, looked at by the room in the same way.
 */
export type Access =
  | 'public'
  | 'server'
  | 'workspace'
  | 'workspace-or-client'
  | 'token-or-ticket'
  | 'client'
  | 'write-key';

/** Whether what opened a route would open it still. What outlives its call, such as a stream, asks now and then. */
export type Leave = () => boolean;

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly access?: Access;
    /**
     * What the metrics call the route's protocol; `admin` unless it says otherwise. `live`: the room that has the
     * route tells itself of answers that do not end.
     */
    readonly protocol?: 'rest' | 'td-rest' | 'live';
  }
  interface FastifyRequest {
    /** The client whose access token opened the route; undefined when an admin token did, or none was needed. */
    callingClient: Client | undefined;
    /** Of what opened the route. Of a call that needed nothing it is always there. */
    leave: Leave;
  }
}
