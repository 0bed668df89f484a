/**
 * How many accepted bytes wait to be applied, for the limit on the backlog (law 6).
 * Owns: a figure that costs nothing to read and is a quarter of a second old at most. Never: refuses anything.
 */
import { LANES } from '#model/words.ts';
import type { MunchkinId } from '#model/words.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { Checkpoint } from '#ports/store.ts';

const SAMPLE_INTERVAL_MS = 250;

export class BacklogGauge implements Disposable {
  readonly #reader: Pick<IntakeReader, 'backlog'>;
  readonly #checkpoints = new Map<MunchkinId, Checkpoint>();
  readonly #bytes = new Map<MunchkinId, number>();
  /** Workspaces in which something was appended or applied since the last sample. */
  readonly #moved = new Set<MunchkinId>();
  readonly #timer: NodeJS.Timeout;
  #sampling = false;
  #total = 0;

  constructor(reader: Pick<IntakeReader, 'backlog'>) {
    this.#reader = reader;
    // ambient: a figure for a limit need not follow a driven clock.
    this.#timer = setInterval(() => void this.#sample(), SAMPLE_INTERVAL_MS).unref();
  }

  bytes(): number {
    return this.#total;
  }

  appended(workspace: MunchkinId): void {
    this.#moved.add(workspace);
  }

  applied(workspace: MunchkinId, checkpoint: Checkpoint): void {
    this.#checkpoints.set(workspace, checkpoint);
    this.#moved.add(workspace);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  // A workspace of which the store has not spoken yet is left out: its whole log would look like a backlog.
  async #sample(): Promise<void> {
    if (this.#sampling) return;
    this.#sampling = true;
    try {
      for (const workspace of this.#moved) {
        this.#moved.delete(workspace);
        const checkpoint = this.#checkpoints.get(workspace);
        if (checkpoint === undefined) continue;
        const waiting = await this.#waitingBytes(workspace, checkpoint);
        this.#total += waiting - (this.#bytes.get(workspace) ?? 0);
        this.#bytes.set(workspace, waiting);
      }
    } finally {
      this.#sampling = false;
    }
  }

  async #waitingBytes(workspace: MunchkinId, checkpoint: Checkpoint): Promise<number> {
    let bytes = 0;
    for (const lane of LANES) bytes += (await this.#reader.backlog(workspace, lane, checkpoint[lane])).bytes;
    return bytes;
  }
}
