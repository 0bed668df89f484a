/**
 * The laws and those who cite them.
 * Owns: the form of a citation, `law 3` or `laws 2 and 3`. Never: says what a law means; docs/specs/laws.md does.
 */
import type { Finding } from './finding.ts';
import { lineAt } from './finding.ts';
import type { TextFile } from './repository.ts';

const CITATION = /\blaws?\s+(?<numbers>\d+(?:(?:,\s*|,?\s+and\s+|\s+to\s+)\d+)*)/gi;

/** Numbers of the laws, from the headings of their page: `## 3. Once`. */
export function lawsOf(page: string): ReadonlySet<number> {
  return new Set([...page.matchAll(/^##\s+(\d+)\.\s/gm)].map((match) => Number(match[1])));
}

/** Laws that a text cites. */
export function citedLaws(text: string): ReadonlySet<number> {
  return new Set([...text.matchAll(CITATION)].flatMap((match) => numbersIn(match)));
}

function numbersIn(match: RegExpExecArray): readonly number[] {
  return [...(match.groups?.['numbers'] ?? '').matchAll(/\d+/g)].map(Number);
}

/** Citations of laws that do not exist. */
export function findUnknownLaws(files: readonly TextFile[], laws: ReadonlySet<number>): readonly Finding[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(CITATION)].flatMap((match) =>
      numbersIn(match)
        .filter((number) => !laws.has(number))
        .map((number) => ({
          where: `${path}:${lineAt(text, match.index)}`,
          message: `there is no law ${number} in docs/specs/laws.md`,
        })),
    ),
  );
}

/** Laws that none of the texts cites, rising. */
export function uncitedLaws(files: readonly TextFile[], laws: ReadonlySet<number>): readonly number[] {
  const cited = new Set(files.flatMap(({ text }) => [...citedLaws(text)]));
  return [...laws].filter((law) => !cited.has(law)).toSorted((one, other) => one - other);
}

export interface Proof {
  readonly law: number;
  /** Path of a test, from the root. */
  readonly test: string;
}

/** The tests that the page of the laws links to under each law. */
export function proofsOf(page: string): readonly Proof[] {
  return page.split(/^## (?=\d+\. )/m).flatMap((section) => {
    const law = Number.parseInt(section, 10);
    const links = Number.isNaN(law)
      ? []
      : [...section.matchAll(/\]\(\.\.\/\.\.\/((?:src\/[^)#]+\.test|tests\/[^)#]+)\.ts)\)/g)];
    return links.map((match) => ({ law, test: match[1] ?? '' }));
  });
}

/** Tests that are named as proof of a law and do not cite it. */
export function findEmptyProofs(proofs: readonly Proof[], tests: readonly TextFile[]): readonly Finding[] {
  return proofs
    .filter(({ law, test }) => !tests.some(({ path, text }) => path === test && citedLaws(text).has(law)))
    .map(({ law, test }) => ({
      where: 'docs/specs/laws.md',
      message: `${test} is named as a proof of law ${law} and does not cite it`,
    }));
}
