/**
 * Reads the intake log in order, decides each object's fate, and applies it to the store.
 * Owns: one loop per workspace, so that one whose store fails waits alone. Never: answers HTTP, writes definitions.
 */
import type { MunchkinId } from '#model/words.ts';
import type { ApplierStatus, Applying } from '#ports/applying.ts';
import type { ApplierParts } from './parts.ts';
import { Turns } from './turns.ts';
import { WorkspaceApplier } from './workspace-applier.ts';

export class Applier implements Applying, AsyncDisposable {
  readonly #parts: ApplierParts;
  readonly #turns: Turns;
  readonly #workspaces = new Map<MunchkinId, WorkspaceApplier>();

  /** Starts a loop for every workspace that is defined. */
  constructor(parts: ApplierParts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.limits.workspacesAtOnce);
    for (const workspace of parts.control.definitions().workspaces.keys()) this.wake(workspace);
  }

  wake(workspace: MunchkinId): void {
    this.#of(workspace).wake();
  }

  decided(...[workspace, lane, position, signal]: Parameters<Applying['decided']>): Promise<void> {
    return this.#of(workspace).decided(lane, position, signal);
  }

  rehearseReplay(
    ...[workspace, refs, signal]: Parameters<Applying['rehearseReplay']>
  ): ReturnType<Applying['rehearseReplay']> {
    return this.#of(workspace).rehearseReplay(refs, signal);
  }

  note(...[workspace, note]: Parameters<Applying['note']>): Promise<void> {
    return this.#of(workspace).note(note);
  }

  async status(): Promise<ApplierStatus> {
    const workspaces = [...this.#workspaces.values()].map((workspace) => workspace.status());
    return { workspaces, metrics: await this.#parts.metrics() };
  }

  /** Lets running transactions end, and stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#workspaces.values()].map((workspace) => workspace.stop()));
  }

  #of(workspace: MunchkinId): WorkspaceApplier {
    const known = this.#workspaces.get(workspace);
    if (known !== undefined) return known;
    const started = new WorkspaceApplier(workspace, this.#parts, this.#turns);
    this.#workspaces.set(workspace, started);
    return started;
  }
}
