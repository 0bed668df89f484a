/** When and whom the rounds of a hunt kill: a function of the seed. */
import type { Kill } from './crash-run.ts';
import type { SeededRandom } from '../support/crash/seeded-random.ts';

const LONGEST_LOAD_MS = 700;
/** Bursts that keep every batch large, and a quiet trickle that keeps them small. */
const THINK_TIMES_MS = [0, 0, 1, 5, 20] as const;

export function randomKill(random: SeededRandom): Kill {
  return {
    victim: random.pick(['both', 'both', 'gateway', 'store'] as const),
    afterMs: random.integer(1, LONGEST_LOAD_MS),
    thinkMs: random.pick(THINK_TIMES_MS),
  };
}
