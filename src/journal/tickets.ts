/**
 * Tickets: each opens the live stream of one workspace, once, for a minute. For browsers, whose EventSource sends no
 * header.
 * Owns: their number, and that none is good twice. Never: keeps one as text (law 8); a restart forgets them.
 */
import { hash, randomBytes } from 'node:crypto';
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import { Problem } from '#protocols/api/problems.ts';

export interface Ticket {
  readonly ticket: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const LIFETIME_MS = 60_000;
/** Unused ones of a workspace at once (law 6). */
export const MAX_TICKETS = 1_000;

export class Tickets {
  readonly #clock: Clock;
  /** Hash → monotonic end of its life; the oldest first, since all live equally long. */
  readonly #byWorkspace = new Map<MunchkinId, Map<string, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws a `Problem` when the workspace has too many that nobody has used. */
  issue(workspace: MunchkinId): Ticket {
    const tickets = this.#living(workspace);
    if (tickets.size >= MAX_TICKETS) {
      throw new Problem('limit-reached', `${MAX_TICKETS} unused tickets are out; each is gone after a minute.`);
    }
    const ticket = randomBytes(24).toString('base64url');
    tickets.set(hashOf(ticket), this.#clock.monotonic() + LIFETIME_MS);
    this.#byWorkspace.set(workspace, tickets);
    return { ticket, expiresAt: this.#clock.now() + LIFETIME_MS };
  }

  /** Whether it opens the workspace's stream. True once. */
  use(ticket: string, workspace: MunchkinId): boolean {
    const tickets = this.#living(workspace);
    const isGood = tickets.delete(hashOf(ticket));
    if (tickets.size === 0) this.#byWorkspace.delete(workspace);
    return isGood;
  }

  #living(workspace: MunchkinId): Map<string, number> {
    const tickets = this.#byWorkspace.get(workspace) ?? new Map<string, number>();
    const now = this.#clock.monotonic();
    for (const [hashed, until] of tickets) {
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
