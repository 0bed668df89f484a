/**
 * The pauses of one workspace whose store fails: each longer than the last, until something succeeds.
 * Owns: how often it failed, and why. Never: decides that it is to pause (see lifecycle.ts).
 */
import { must } from '#kit/assert.ts';
import { backoffDelayMs } from '#kit/backoff.ts';
import { StoreError } from '#ports/store.ts';
import type { Surroundings } from './surroundings.ts';

const PAUSE = { baseMs: 50, capMs: 10_000 };

export class Pauses {
  readonly #around: Pick<Surroundings, 'workspace' | 'parts' | 'stopping'>;
  #failures = 0;
  #reason: string | undefined;

  constructor(around: Pick<Surroundings, 'workspace' | 'parts' | 'stopping'>) {
    this.#around = around;
  }

  /** Why the workspace is paused; undefined when it is not. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** A step has failed, and a pause follows. */
  begin(error: unknown): void {
    const { workspace, parts } = this.#around;
    this.#failures += 1;
    if (this.#reason !== undefined) return;
    this.#reason = error instanceof StoreError ? error.message : 'an internal fault; see the log';
    parts.events.workspacePaused({ workspace, reason: this.#reason });
  }

  /** A step has succeeded. */
  end(): void {
    const { workspace, parts } = this.#around;
    this.#failures = 0;
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    parts.events.workspaceResumed(workspace);
  }

  /** Resolves when it is time to try again, or to stop. */
  async wait(): Promise<void> {
    const { workspace, parts, stopping } = this.#around;
    const delayMs = backoffDelayMs(this.#failures, PAUSE);
    const reason = must(this.#reason, 'a pause has a reason');
    parts.events.batchRetried({ workspace, reason, attempt: this.#failures, delayMs });
    await parts.clock.sleep(delayMs, stopping).catch(() => undefined);
  }
}
