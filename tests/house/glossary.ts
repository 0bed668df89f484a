/**
 * The glossary against the names in the sources.
 * Owns: how a word of the glossary becomes a part of a name. Never: knows a word.
 */
import type { Finding } from './finding.ts';
import { lineAt } from './finding.ts';
import type { TextFile } from './repository.ts';
import { codeOnly } from './source-text.ts';

export interface Term {
  readonly word: string;
  /** Words that are not used for the same thing. */
  readonly not: readonly string[];
}

/** The rows of the glossary's table. */
export function termsOf(page: string): readonly Term[] {
  return [...page.matchAll(/^\|([^|\n]+)\|[^|\n]+\|([^|\n]*)\|$/gm)]
    .map(([, word = '', not = '']) => ({ word: word.trim(), not: not.split(',').map((part) => part.trim()) }))
    .filter(({ word }) => word !== 'word' && !/^-+$/.test(word))
    .map(({ word, not }) => ({ word, not: not.filter((part) => part !== '') }));
}

/** Terms that stand twice or out of the alphabet. */
export function misplacedTerms(terms: readonly Term[]): readonly string[] {
  return terms.map(({ word }) => word).filter((word, index, words) => index > 0 && word <= (words[index - 1] ?? ''));
}

/** Names in code that are made from a word for which the glossary has another. */
export function findForeignWords(files: readonly TextFile[], terms: readonly Term[]): readonly Finding[] {
  const banned = terms.flatMap(({ word, not }) => not.map((foreign) => ({ word, foreign, pattern: inName(foreign) })));
  return files.flatMap(({ path, text }) => {
    const code = codeOnly(text);
    return banned.flatMap(({ word, foreign, pattern }) =>
      [...code.matchAll(pattern)].map((match) => ({
        where: `${path}:${lineAt(text, match.index)}`,
        message: `"${match[0]}" says ${foreign}: the word here is ${word} (GLOSSARY.md)`,
      })),
    );
  });
}

// `dead letter` is found in deadLetter, DeadLetterQueue, dead_letters and DEAD_LETTER.
function inName(foreign: string): RegExp {
  return new RegExp(`\\w*${foreign.split(' ').join('_?')}\\w*`, 'gi');
}
