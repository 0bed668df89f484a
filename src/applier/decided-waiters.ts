/**
 * Those who wait until an entry has been decided.
 * Owns: the waiting. Never: moves a checkpoint.
 */
import type { Lane, Position } from '#model/words.ts';
import type { Checkpoint } from '#ports/store.ts';

interface Waiter {
  readonly lane: Lane;
  readonly position: Position;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface WaitRequest {
  readonly lane: Lane;
  readonly position: Position;
  readonly signal: AbortSignal;
}

export class DecidedWaiters {
  readonly #waiters = new Set<Waiter>();
  #checkpoint: Checkpoint | undefined;
  #ended: Error | undefined;

  /** Resolves once the checkpoint has reached the position; rejects when the signal aborts. */
  async wait({ lane, position, signal }: WaitRequest): Promise<void> {
    signal.throwIfAborted();
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#checkpoint !== undefined && this.#checkpoint[lane] >= position) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { lane, position, resolve, reject };
    const abort = (): void => reject(signal.reason);
    this.#waiters.add(waiter);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } finally {
      this.#waiters.delete(waiter);
      signal.removeEventListener('abort', abort);
    }
  }

  anyone(): boolean {
    return this.#waiters.size > 0;
  }

  /** The lanes have been applied so far. */
  reached(checkpoint: Checkpoint): void {
    this.#checkpoint = checkpoint;
    for (const waiter of this.#waiters) {
      if (checkpoint[waiter.lane] >= waiter.position) waiter.resolve();
    }
  }

  /** Nothing will be decided any more: every wait rejects, now and later. */
  end(error: Error): void {
    this.#ended = error;
    for (const waiter of this.#waiters) waiter.reject(error);
  }
}
