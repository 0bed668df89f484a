/**
 * Who wants to hear that a journal has grown.
 * Owns: the order in which journals are looked at without a hint. Never: reads one.
 */
import type { MunchkinId } from '#model/words.ts';

export class Listeners {
  /** The journals that were looked at longest ago first. */
  readonly #byWorkspace = new Map<MunchkinId, Set<() => void>>();

  /** Until the signal aborts. */
  add(workspace: MunchkinId, listener: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    const listeners = this.#byWorkspace.get(workspace) ?? new Set();
    this.#byWorkspace.set(workspace, listeners.add(listener));
    signal.addEventListener('abort', () => this.#remove(workspace, listener), { once: true });
  }

  call(workspace: MunchkinId): void {
    for (const listener of this.#byWorkspace.get(workspace) ?? []) listener();
  }

  workspaces(): readonly MunchkinId[] {
    return [...this.#byWorkspace.keys()];
  }

  /** So many of the workspaces that somebody listens to, in turn. */
  next(count: number): readonly MunchkinId[] {
    const chosen = this.workspaces().slice(0, count);
    for (const workspace of chosen) {
      const listeners = this.#byWorkspace.get(workspace);
      this.#byWorkspace.delete(workspace);
      if (listeners !== undefined) this.#byWorkspace.set(workspace, listeners);
    }
    return chosen;
  }

  #remove(workspace: MunchkinId, listener: () => void): void {
    const listeners = this.#byWorkspace.get(workspace);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#byWorkspace.delete(workspace);
  }
}
