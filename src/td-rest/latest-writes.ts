/**
 * The last position in the log that each workspace's imports and deletions have reached.
 * Owns: the wait by which a reading call sees the writes before it. Never: knows of writes by other ways in.
 */
import type { MunchkinId, Position } from '#model/words.ts';
import type { Applying } from '#ports/applying.ts';

const LANE = 'events';

export class LatestWrites {
  readonly #applying: Pick<Applying, 'decided'>;
  readonly #positions = new Map<MunchkinId, Position>();

  constructor(applying: Pick<Applying, 'decided'>) {
    this.#applying = applying;
  }

  note(workspace: MunchkinId, position: Position): void {
    const known = this.#positions.get(workspace);
    if (known === undefined || known < position) this.#positions.set(workspace, position);
  }

  /** Resolves once they are applied, at once when they are. Rejects when the signal aborts. */
  async applied(workspace: MunchkinId, signal: AbortSignal): Promise<void> {
    const position = this.#positions.get(workspace);
    if (position === undefined) return;
    await this.#applying.decided(workspace, LANE, position, signal);
    if (this.#positions.get(workspace) === position) this.#positions.delete(workspace);
  }
}
