/**
 * Places for live streams.
 * Owns: how many there are, and that no workspace takes those of all others (laws 6 and 7). Never: tells one workspace
 * of another.
 */
import type { MunchkinId } from '#model/words.ts';

/** Streams at once. */
export const MAX_PLACES = 4_096;
/** A workspace may have so many, and beyond these half of what the others leave free. */
export const MODEST_PLACES = 256;

export class LivePlaces {
  readonly #byWorkspace = new Map<MunchkinId, number>();
  #taken = 0;

  /** A place, until it is disposed of; undefined when there is none for this workspace. */
  take(workspace: MunchkinId): Disposable | undefined {
    const own = this.#byWorkspace.get(workspace) ?? 0;
    const leftByOthers = MAX_PLACES - (this.#taken - own);
    const most = Math.min(leftByOthers, Math.max(MODEST_PLACES, Math.floor(leftByOthers / 2)));
    if (own >= most) return undefined;
    this.#changed(workspace, 1);
    let isTaken = true;
    return {
      [Symbol.dispose]: () => {
        if (isTaken) this.#changed(workspace, -1);
        isTaken = false;
      },
    };
  }

  #changed(workspace: MunchkinId, change: 1 | -1): void {
    const own = (this.#byWorkspace.get(workspace) ?? 0) + change;
    this.#taken += change;
    if (own === 0) this.#byWorkspace.delete(workspace);
    else this.#byWorkspace.set(workspace, own);
  }
}
