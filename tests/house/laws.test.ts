import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClean } from './finding.ts';
import { citedLaws, findEmptyProofs, findUnknownLaws, lawsOf, proofsOf, uncitedLaws } from './laws.ts';
import { readFiles } from './repository.ts';

/** Laws that no test cites, by number. Only ever gets shorter. */
const UNPROVED: readonly number[] = [];

const PAGE = readFiles('docs/specs/laws.md')[0]?.text ?? '';
const LAWS = lawsOf(PAGE);

test('citations are read in every form', () => {
  assert.deepEqual([...citedLaws('see law 3 and Laws 4, 5 and 6; lawn 7; laws\n * 8')], [3, 4, 5, 6]);
});

test('a planted citation of an unknown law is found', () => {
  const found = findUnknownLaws([{ path: 'src/kit/a.ts', text: '// By law 1\n// and law 11.' }], new Set([1, 2]));
  assert.deepEqual(found, [{ where: 'src/kit/a.ts:2', message: 'there is no law 11 in docs/specs/laws.md' }]);
});

test('a law without a citation is found', () => {
  assert.deepEqual(uncitedLaws([{ path: 'a.test.ts', text: 'law 2' }], new Set([3, 2, 1])), [1, 3]);
});

test('a planted proof that does not cite its law is found', () => {
  const page = '## 1. A\n[a](../../src/a.test.ts)\n## 2. B\n[a](../../src/a.test.ts) [b](../../tests/b.ts)\n';
  const tests = [{ path: 'src/a.test.ts', text: 'law 1' }];
  assert.deepEqual(
    findEmptyProofs(proofsOf(page), tests).map(({ message }) => message.replace(/ is named.* of/, ':')),
    ['src/a.test.ts: law 2 and does not cite it', 'tests/b.ts: law 2 and does not cite it'],
  );
});

test('there are ten laws', () => {
  assert.deepEqual([...LAWS], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('every cited law exists', () => {
  const files = readFiles(
    '*.md',
    'docs/**/*.md',
    'src/**/*.ts',
    'tests/{crash,e2e,exams,support}/**/*.ts',
    'bench/**/*.ts',
  );
  assertClean(findUnknownLaws(files, LAWS));
});

const TESTS = readFiles('src/**/*.test.ts', 'tests/{crash,e2e,exams,support}/**/*.ts');

test('every law is cited by a test', () => {
  assert.deepEqual(
    uncitedLaws(TESTS, LAWS),
    UNPROVED,
    'a test that proves a law names it, as in "law 3"; then the law leaves UNPROVED',
  );
});

test('every test that is named as a proof cites its law', () => {
  assertClean(findEmptyProofs(proofsOf(PAGE), TESTS));
});
