/**
 * The long hunt: `npm run crash -- --seed N --rounds N`. A seed that is printed gives the same loads and kills again.
 * Owns: arguments, printed figures, exit code. Never: judges a round.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { hunt } from './hunt.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, rounds: { type: 'string', default: '200' } },
});
const seed = values.seed === undefined ? randomInt(2 ** 32) : wholeNumber('--seed', values.seed);
const rounds = wholeNumber('--rounds', values.rounds);

function wholeNumber(flag: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`${flag} takes a whole number, not "${text}"`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

print(`seed ${seed}, ${rounds} rounds; again with: npm run crash -- --seed ${seed} --rounds ${rounds}`);
const begun = performance.now();
const { faults, ...figures } = await hunt({ seed, rounds, say: print });
const seconds = Math.round((performance.now() - begun) / 1000);
print(
  `${figures.rounds} rounds in ${seconds} s: ${figures.sent} requests sent, ${figures.acknowledged} acknowledged, ` +
    `${figures.unknown} without an answer, ${faults.length} faults`,
);
for (const fault of faults) print(`FAULT ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
