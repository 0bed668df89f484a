/**
 * Replays of a workspace, one after the other: a failed object is selected as long as its replay is not decided,
 * so that two calls that follow closely would submit it twice.
 * Owns: what the calls of this process have submitted last. Never: stands in for the applier, which replays each once.
 */
import type { Applying } from '#ports/applying.ts';
import type { Lane, MunchkinId, Position } from '#model/words.ts';
import { Problem } from '#protocols/api/problems.ts';

/** To be told of each entry that a turn has submitted. */
export type NoteSubmitted = (lane: Lane, position: Position) => void;

export class ReplayTurns {
  readonly #applying: Pick<Applying, 'decided'>;
  readonly #busy = new Set<MunchkinId>();
  /** The last entry in each lane; entries before it are decided before it (law 4). */
  readonly #submitted = new Map<MunchkinId, Map<Lane, Position>>();

  constructor(applying: Pick<Applying, 'decided'>) {
    this.#applying = applying;
  }

  /**
   * Runs `work` once everything that earlier turns submitted is decided. Rejects with the problem `replay-under-way`
   * when that is not so before the signal aborts, or at once when another call has the turn.
   */
  async take<Result>(
    workspace: MunchkinId,
    signal: AbortSignal,
    work: (note: NoteSubmitted) => Promise<Result>,
  ): Promise<Result> {
    if (this.#busy.has(workspace)) throw new Problem('replay-under-way', 'Call again when the other has answered.');
    this.#busy.add(workspace);
    try {
      await this.#earlierDecided(workspace, signal);
      return await work((lane, position) => this.#note(workspace, lane, position));
    } finally {
      this.#busy.delete(workspace);
    }
  }

  async #earlierDecided(workspace: MunchkinId, signal: AbortSignal): Promise<void> {
    try {
      for (const [lane, position] of this.#submitted.get(workspace) ?? []) {
        await this.#applying.decided(workspace, lane, position, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      const detail = 'The applier has not decided the last replay of the workspace yet. Call again later.';
      throw new Problem('replay-under-way', detail);
    }
    this.#submitted.delete(workspace);
  }

  #note(workspace: MunchkinId, lane: Lane, position: Position): void {
    const lanes = this.#submitted.get(workspace) ?? new Map<Lane, Position>();
    this.#submitted.set(workspace, lanes.set(lane, position));
  }
}
