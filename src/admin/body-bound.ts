/**
 * What the bodies of this API hold of the process's memory, all together (law 6).
 * Owns: the share of each, from before it is read until its answer is out. Never: reads one.
 */
import { Problem } from '#protocols/api/problems.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';

interface BodyBounds {
  readonly maxBodyBytes: number;
  readonly maxBodyMemoryBytes: number;
}

/** Refuses a body for which there is no room. It comes behind the door: who may not call holds nothing. */
export function boundBodies(app: FastifyInstance, { maxBodyBytes, maxBodyMemoryBytes }: BodyBounds): void {
  let heldBytes = 0;
  app.addHook('preParsing', async (request, reply) => {
    const bytes = greatestLength(request, maxBodyBytes);
    if (bytes === 0 || reply.raw.closed) return;
    if (heldBytes + bytes > maxBodyMemoryBytes) {
      throw new Problem('body-memory', 'Other bodies fill the memory that there is for them; send this one again.');
    }
    heldBytes += bytes;
    reply.raw.once('close', () => (heldBytes -= bytes));
  });
}

/**
 * Bytes that the body may come to hold. One that says how long it is holds that; one that does not, as much as any may.
 * A longer one holds nothing: it is refused, or used piece by piece as it comes, as imports are.
 */
function greatestLength({ method, headers }: FastifyRequest, maxBodyBytes: number): number {
  if (method === 'GET' || method === 'HEAD') return 0;
  if (headers['transfer-encoding'] !== undefined) return maxBodyBytes;
  const bytes = Number(headers['content-length'] ?? 0);
  return bytes > maxBodyBytes ? 0 : bytes;
}
