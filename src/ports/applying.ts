import type { FailureRef } from '#model/fates.ts';
import type { JournalNote } from '#model/journal.ts';
import type { Checkpoint } from '#ports/store.ts';
import type { Lane, MunchkinId, Position } from '#model/words.ts';

/** What the gateway knows of the applier, wherever it runs. */
export interface Applying {
  /** Entries of this workspace have become durable. A hint: a lost one delays, never loses. */
  wake(workspace: MunchkinId): void;
  /** Resolves once the lane's checkpoint has reached `position`; rejects when the signal aborts. */
  decided(workspace: MunchkinId, lane: Lane, position: Position, signal: AbortSignal): Promise<void>;
  /**
   * What would become of failed objects if they were replayed now, in this order: tried in a transaction that is
   * taken back. Rejects as `Store.transaction` does, and when the signal aborts.
   */
  rehearseReplay(
    workspace: MunchkinId,
    refs: readonly FailureRef[],
    signal: AbortSignal,
  ): Promise<readonly RehearsedObject[]>;
  /** Writes a note into the journal between two batches. Resolves once committed; rejects as `Store.transaction`. */
  note(workspace: MunchkinId, note: JournalNote): Promise<void>;
  /** Rejects while no applier runs. */
  status(): Promise<ApplierStatus>;
}

export interface RehearsedObject extends FailureRef {
  readonly outcome: 'created' | 'updated' | 'deleted' | 'stored' | 'waiting' | 'failed';
  /** Of one that would fail or wait. */
  readonly code?: string;
  readonly message?: string;
  /** Fields that would take the place of other values, in an object that was changed after this one was accepted. */
  readonly overwrites: readonly string[];
}

export interface ApplierStatus {
  readonly workspaces: readonly WorkspaceStatus[];
  /** The applier process's own metrics, as Prometheus text. */
  readonly metrics: string;
}

export interface WorkspaceStatus {
  readonly workspace: MunchkinId;
  /** `paused`: its store fails; the applier tries again, the log keeps the entries. */
  readonly state: 'idle' | 'applying' | 'paused';
  readonly reason?: string;
  readonly checkpoint: Checkpoint;
}
