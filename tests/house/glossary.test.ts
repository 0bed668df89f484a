import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClean } from './finding.ts';
import { findForeignWords, misplacedTerms, termsOf } from './glossary.ts';
import { readFiles, readSources } from './repository.ts';

const PAGE =
  '| word | meaning | not |\n|---|---|---|\n| lane | an order | |\n| quarantine | failures | dead letter, bin |\n';

test('terms are read from the table', () => {
  assert.deepEqual(termsOf(PAGE), [
    { word: 'lane', not: [] },
    { word: 'quarantine', not: ['dead letter', 'bin'] },
  ]);
});

test('a planted double and a planted disorder are found', () => {
  const terms = ['a', 'b', 'b', 'a'].map((word) => ({ word, not: [] }));
  assert.deepEqual(misplacedTerms(terms), ['b', 'a']);
});

test('a planted foreign word is found in names and left alone in literals', () => {
  const terms = [{ word: 'quarantine', not: ['dead letter'] }];
  for (const text of ['const deadLetters = 1;', 'class DeadLetterQueue {}', 'DEAD_LETTER;']) {
    assert.equal(findForeignWords([{ path: 'src/a.ts', text }], terms).length, 1, text);
  }
  assert.deepEqual(findForeignWords([{ path: 'src/a.ts', text: "'dead letter'; // deadLetter" }], terms), []);
});

const TERMS = termsOf(readFiles('GLOSSARY.md')[0]?.text ?? '');

test('the glossary stands in alphabetical order, each word once', () => {
  assert.ok(TERMS.length >= 20, 'the table was read');
  assert.deepEqual(misplacedTerms(TERMS), []);
});

test('the sources use the words of the glossary', () => {
  assertClean(findForeignWords(readSources(), TERMS));
});
