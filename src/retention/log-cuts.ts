/** Cuts the intake log: entries that are applied and too old, or too many. */
import { fairShare } from './fair-share.ts';
import type { RetentionParts } from './retention-parts.ts';
import { LANES } from '#model/words.ts';
import type { Lane, MunchkinId, Position } from '#model/words.ts';
import { IntakeError } from '#ports/intake-log.ts';
import type { IntakeTotals } from '#ports/intake-log.ts';
import type { Checkpoint } from '#ports/store.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';

// The reader works on this thread, which answers requests: others have their turn between its steps.

/** Behind every entry. */
const END = Number.MAX_SAFE_INTEGER as Position;

interface KeptLane {
  readonly workspace: MunchkinId;
  readonly lane: Lane;
  /** Applied or not. */
  readonly bytes: number;
}

/** How far stores have come, asked once in a round and only where it matters: to ask opens the store. */
type Checkpoints = (workspace: MunchkinId) => Promise<Checkpoint | undefined>;

export class LogCuts {
  readonly #parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** Resolves with the bytes that the log keeps afterwards, applied or not. */
  async cut(totals: readonly IntakeTotals[], signal: AbortSignal): Promise<number> {
    const { clock, limits } = this.#parts;
    const before = clock.now() - limits.ageMs;
    const lanes = await this.#keptLanes(totals);
    const checkpoints = this.#checkpoints();
    const maxBytes = await this.#bytesEach(lanes, checkpoints);
    let keptBytes = 0;
    for (const each of lanes) {
      keptBytes += each.bytes;
      if (!signal.aborted) keptBytes -= await this.#cutLane(each, { before, maxBytes, checkpoints, signal });
    }
    return keptBytes;
  }

  async #keptLanes(totals: readonly IntakeTotals[]): Promise<readonly KeptLane[]> {
    const kept: KeptLane[] = [];
    for (const { workspace } of totals) {
      await nextTurn();
      for (const lane of LANES) {
        const bytes = await this.#parts.intake.keptBytes(workspace, lane, END);
        if (bytes > 0) kept.push({ workspace, lane, bytes });
      }
    }
    return kept;
  }

  /** What each lane may keep of its applied entries. Stores are asked only when the log may be too large. */
  async #bytesEach(lanes: readonly KeptLane[], checkpoints: Checkpoints): Promise<number> {
    const { intake, limits } = this.#parts;
    if (lanes.reduce((sum, { bytes }) => sum + bytes, 0) <= limits.maxBytes) return Infinity;
    const applied: number[] = [];
    for (const { workspace, lane } of lanes) {
      const through = (await checkpoints(workspace))?.[lane];
      if (through !== undefined) applied.push(await intake.keptBytes(workspace, lane, through));
    }
    return fairShare(applied, limits.maxBytes);
  }

  /** Resolves with the bytes that were cut. */
  async #cutLane({ workspace, lane }: KeptLane, cut: LaneCut): Promise<number> {
    const { intake, writer, events } = this.#parts;
    const { before, maxBytes, checkpoints, signal } = cut;
    // An idle lane whose entries are all young is left alone, and its store is not asked.
    if ((await intake.truncationPoint(workspace, lane, { through: END, before, maxBytes })) === undefined) return 0;
    const through = (await checkpoints(workspace))?.[lane];
    if (through === undefined) return 0;
    let bytes = 0;
    while (!signal.aborted) {
      await nextTurn();
      const point = await intake.truncationPoint(workspace, lane, { through, before, maxBytes });
      if (point === undefined) break;
      const more = await intake.keptBytes(workspace, lane, point);
      if (!(await truncated(writer.truncate(workspace, lane, point)))) break;
      bytes += more;
    }
    if (bytes > 0) events.logCut({ workspace, lane, bytes });
    return bytes;
  }

  // A store that does not answer has no checkpoint: nothing of its log is cut in this round.
  #checkpoints(): Checkpoints {
    const asked = new Map<MunchkinId, Promise<Checkpoint | undefined>>();
    return (workspace) => {
      const known = asked.get(workspace);
      if (known !== undefined) return known;
      const checkpoint = this.#parts.reader.checkpoint(workspace).catch(() => undefined);
      asked.set(workspace, checkpoint);
      return checkpoint;
    };
  }
}

interface LaneCut {
  readonly before: number;
  readonly maxBytes: number;
  readonly checkpoints: Checkpoints;
  readonly signal: AbortSignal;
}

/** False when the log took no cut: it is full, has failed, or is closed. */
async function truncated(cutting: Promise<void>): Promise<boolean> {
  try {
    await cutting;
    return true;
  } catch (error) {
    if (error instanceof IntakeError) return false;
    throw error;
  }
}
