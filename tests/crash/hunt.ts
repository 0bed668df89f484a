/**
 * Rounds of random kills, all from one seed.
 * Owns: the figures of a hunt, and that it ends at the first round with a fault. Never: prints.
 */
import { SeededRandom } from '../support/crash/seeded-random.ts';
import { CrashRun } from './crash-run.ts';
import type { Kill } from './crash-run.ts';
import { randomKill } from './random-kill.ts';

export interface HuntOptions {
  readonly seed: number;
  readonly rounds: number;
  /** Told a line for each round. */
  readonly say: (line: string) => void;
}

export interface HuntFigures {
  readonly rounds: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly unknown: number;
  /** Of the last round; none when every round was clean. */
  readonly faults: readonly string[];
}

/** What is read back grows with each round on a directory; then a new one is begun. */
const ROUNDS_PER_DIRECTORY = 10;

export async function hunt({ seed, rounds, say }: HuntOptions): Promise<HuntFigures> {
  const random = new SeededRandom(seed);
  const figures = { rounds: 0, sent: 0, acknowledged: 0, unknown: 0, faults: [] as readonly string[] };
  while (figures.rounds < rounds && figures.faults.length === 0) {
    await using run = await CrashRun.begin(random.integer(0, 2 ** 32 - 1));
    const last = Math.min(rounds, figures.rounds + ROUNDS_PER_DIRECTORY);
    while (figures.rounds < last && figures.faults.length === 0) {
      const kill = randomKill(random);
      const result = await run.round(kill);
      figures.rounds += 1;
      figures.sent += result.sent;
      figures.acknowledged += result.acknowledged;
      figures.unknown += result.unknown;
      figures.faults = result.faults;
      say(`round ${figures.rounds}: ${nameOf(kill)}: ${result.acknowledged} acknowledged, ${result.unknown} unknown`);
    }
  }
  return figures;
}

function nameOf(kill: Kill): string {
  return 'point' in kill ? kill.point : `${kill.victim} killed after ${kill.afterMs} ms`;
}
