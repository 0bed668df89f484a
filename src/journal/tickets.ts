/**
 * Tickets: each opens the live stream of one workspace, once, for a minute. For browsers, whose EventSource sends no
 * header.
 * Owns: their number, and that none is good twice or lasts longer than what it was issued for. Never: keeps one as text
 * (law 8); a restart forgets them.
 */
import { hash, randomBytes } from 'node:crypto';
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { Leave } from '#protocols/api/access.ts';
import { Problem } from '#protocols/api/problems.ts';

export interface Ticket {
  readonly ticket: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

interface Issued {
  /** Monotonic. */
  readonly until: number;
  /** Of the call that asked for it. */
  readonly leave: Leave;
}

const LIFETIME_MS = 60_000;
/** Unused ones of a workspace at once (law 6). */
export const MAX_TICKETS = 1_000;

export class Tickets {
  readonly #clock: Clock;
  /** By hash; the oldest first, since all live equally long. */
  readonly #byWorkspace = new Map<MunchkinId, Map<string, Issued>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To somebody who has leave to read. Throws a `Problem` when the workspace has too many that nobody has used. */
  issue(workspace: MunchkinId, leave: Leave): Ticket {
    const tickets = this.#living(workspace);
    if (tickets.size >= MAX_TICKETS) {
      throw new Problem('limit-reached', `${MAX_TICKETS} unused tickets are out; each is gone after a minute.`);
    }
    const ticket = randomBytes(24).toString('base64url');
    tickets.set(hashOf(ticket), { until: this.#clock.monotonic() + LIFETIME_MS, leave });
    this.#byWorkspace.set(workspace, tickets);
    return { ticket, expiresAt: this.#clock.now() + LIFETIME_MS };
  }

  /** Leave to read the workspace's stream, which the ticket gives once; undefined when it gives none. */
  use(ticket: string, workspace: MunchkinId): Leave | undefined {
    const tickets = this.#living(workspace);
    const hashed = hashOf(ticket);
    const leave = tickets.get(hashed)?.leave;
    tickets.delete(hashed);
    if (tickets.size === 0) this.#byWorkspace.delete(workspace);
    return leave?.() === true ? leave : undefined;
  }

  #living(workspace: MunchkinId): Map<string, Issued> {
    const tickets = this.#byWorkspace.get(workspace) ?? new Map<string, Issued>();
    const now = this.#clock.monotonic();
    for (const [hashed, { until }] of tickets) {
      if (until > now) break;
      tickets.delete(hashed);
    }
    return tickets;
  }
}

// Found by its hash: the time of the look-up could tell of the hash alone, and no ticket follows from it.
function hashOf(ticket: string): string {
  return hash('sha256', ticket);
}
