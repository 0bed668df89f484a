/**
 * Words that the code does without.
 * Owns: the lists, each with its remedy. Never: judges the files that hold the lists.
 */
import { lineAt } from './finding.ts';
import type { Finding } from './finding.ts';
import { isTest } from './repository.ts';
import type { TextFile } from './repository.ts';
import { codeOnly, commentsOnly } from './source-text.ts';

interface BannedWord {
  readonly pattern: RegExp;
  readonly remedy: string;
}

const NAMES: readonly BannedWord[] = [
  {
    pattern: /\b(?:class|interface|type)\s+(\w*(?:Manager|Helpers?|Utils?|Utilities|Data|Info))\b/g,
    remedy: 'says no role: name it after what it does or holds',
  },
  {
    pattern: /\b(?:function|const|let)\s+(\w*(?:Manager|Helpers?|Utils?|Utilities)|helpers?|utils?|data|info)\b/g,
    remedy: 'says no role: name it after what it does or holds',
  },
];

const AMBIENT: readonly BannedWord[] = [
  { pattern: /\bDate\.now\b/g, remedy: 'take a Clock' },
  { pattern: /\bnew Date\(\s*\)/g, remedy: 'take a Clock' },
  { pattern: /\bperformance\.now\b/g, remedy: 'take a Clock' },
  { pattern: /\bset(?:Timeout|Interval)\b/g, remedy: 'take a Clock' },
  { pattern: /\bMath\.random\b/g, remedy: 'take a random source as an argument' },
  { pattern: /\bprocess\.env\b/g, remedy: 'add an option to src/config/options.ts' },
];

const PHRASES: readonly BannedWord[] = [
  { pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/g, remedy: 'do it, or open an issue and say nothing here' },
  { pattern: /\bfor now\b/gi, remedy: 'say how it is; what is temporary is not done' },
  { pattern: /\b(?:previously|no longer)\b/gi, remedy: 'say how it is; the past is in the history' },
  { pattern: /\bnot (?:yet )?implemented\b/gi, remedy: 'build it, or leave its name out' },
];

// Time, chance and the environment enter here and are handed on as arguments.
const ADAPTERS =
  /^src\/(?:kit\/crash-point\.ts|(?:config|engines|cli|telemetry)\/|(?:main|listen|store-process)\.ts|compose)/;
const HOLDS_THE_LISTS = /^tests\/house\//;

/** Names without a meaning, and reaches for time, chance and environment, in code. */
export function findBannedCode(files: readonly TextFile[]): readonly Finding[] {
  return files
    .filter(({ path }) => !HOLDS_THE_LISTS.test(path))
    .flatMap((file) => {
      const code = codeOnly(file.text);
      const names = find(file.path, code, NAMES);
      return takesFromAround(file.path) ? names : [...names, ...ambient(file, code)];
    });
}

function takesFromAround(path: string): boolean {
  return !path.startsWith('src/') || isTest(path) || ADAPTERS.test(path);
}

// A comment `ambient: why` on the line or the one above it allows one reach.
function ambient(file: TextFile, code: string): readonly Finding[] {
  const lines = file.text.split('\n');
  return find(file.path, code, AMBIENT).filter(({ where }) => {
    const line = Number(where.split(':')[1]);
    return !/\bambient: \S/.test(`${lines[line - 2]}\n${lines[line - 1]}`);
  });
}

/** File names without a meaning. */
export function findBannedFileNames(files: readonly TextFile[]): readonly Finding[] {
  return files
    .filter(({ path }) => /(?:[/-](?:manager|helpers?|utils?)|\/(?:index|misc|common|data|info))\.m?ts$/.test(path))
    .map(({ path }) => ({
      where: path,
      message: 'the file name says no role: name it after the one thing that it exports',
    }));
}

/** Phrases about the past or about unfinished work, in the comments of sources. */
export function findBannedComments(files: readonly TextFile[]): readonly Finding[] {
  return files
    .filter(({ path }) => !HOLDS_THE_LISTS.test(path))
    .flatMap(({ path, text }) => find(path, commentsOnly(text), PHRASES));
}

/** The same phrases in prose. */
export function findBannedProse(files: readonly TextFile[]): readonly Finding[] {
  return files.flatMap(({ path, text }) => find(path, text, PHRASES));
}

/** Comment lines that the formatter leaves alone and that pass the edge of the page. */
export function findLongComments(files: readonly TextFile[], columns: number): readonly Finding[] {
  return files.flatMap(({ path, text }) =>
    commentsOnly(text)
      .split('\n')
      .flatMap((line, index) => {
        if (line.trimEnd().length <= columns || /https?:\/\//.test(line)) return [];
        return [{ where: `${path}:${index + 1}`, message: `a comment ends before column ${columns}: break it` }];
      }),
  );
}

function find(path: string, text: string, words: readonly BannedWord[]): readonly Finding[] {
  return words.flatMap(({ pattern, remedy }) =>
    [...text.matchAll(pattern)].map((match) => ({
      where: `${path}:${lineAt(text, match.index)}`,
      message: `"${match[1] ?? match[0]}": ${remedy}`,
    })),
  );
}
