import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClean } from './finding.ts';
import { readFiles, readSources } from './repository.ts';
import { findBannedCode, findBannedComments, findBannedFileNames, findBannedProse, findLongComments } from './words.ts';

const COLUMNS = 120;
const ALL_CODE = ['src/**/*.ts', 'tests/**/*.ts', 'bench/**/*.ts', 'tools/**/*.ts', 'bin/**/*.mjs'];

function inSource(
  text: string,
  path = 'src/gateway/a.ts',
): readonly { readonly path: string; readonly text: string }[] {
  return [{ path, text }];
}

const PLANTED_CODE = [
  'class BatchManager {}',
  'function parseHelper(): void {}',
  'interface RequestInfo {}',
  'const data = 1;',
  'const at = Date.now();',
  'const at = new Date();',
  'setTimeout(send, 10);',
  'const chance = Math.random();',
  "const home = process.env['HOME'];",
];

for (const text of PLANTED_CODE) {
  test(`planted code is found: ${text}`, () => {
    assert.equal(findBannedCode(inSource(text)).length, 1);
  });
}

test('literals and comments are not code', () => {
  assert.deepEqual(findBannedCode(inSource("const text = 'Date.now'; // class BatchManager, setTimeout")), []);
});

test('adapters and tests take time from around them, but name nothing Manager', () => {
  for (const path of ['src/engines/sqlite/a.ts', 'src/gateway/a.test.ts', 'src/compose-store.ts', 'bench/run.ts']) {
    assert.deepEqual(findBannedCode(inSource('Date.now();', path)), []);
    assert.equal(findBannedCode(inSource('class LogManager {}', path)).length, 1);
  }
});

test('a reach is allowed by a comment that says why, and no other is', () => {
  assert.deepEqual(findBannedCode(inSource('// ambient: node:http times out by itself.\nsetTimeout(send, 10);')), []);
  assert.equal(findBannedCode(inSource('// ambient:\nsetTimeout(send, 10);')).length, 1);
});

test('planted phrases are found in comments and in prose', () => {
  for (const phrase of [
    'TODO: more',
    'FIXME',
    'good enough for now',
    'It was previously a list',
    'is no longer used',
  ]) {
    assert.equal(findBannedComments(inSource(`// ${phrase}\nconst a = 1;`)).length, 1, phrase);
    assert.equal(findBannedProse(inSource(phrase, 'README.md')).length, 1, phrase);
    assert.deepEqual(findBannedComments(inSource(`const a = '${phrase}';`)), [], 'a literal is no comment');
  }
});

test('planted file names are found', () => {
  for (const path of ['src/kit/index.ts', 'src/kit/utils.ts', 'src/kit/http-helpers.ts']) {
    assert.equal(findBannedFileNames(inSource('', path)).length, 1, path);
  }
  assert.deepEqual(findBannedFileNames(inSource('', 'src/kit/backoff.ts')), []);
});

test('a comment beyond the edge is found', () => {
  assert.equal(findLongComments(inSource(`// ${'a'.repeat(COLUMNS)}`), COLUMNS).length, 1);
  assert.deepEqual(findLongComments(inSource(`// ${'a'.repeat(COLUMNS - 3)}`), COLUMNS), []);
});

test('no name in the sources is empty of meaning, and none reaches for time, chance or environment', () => {
  const files = readFiles(...ALL_CODE);
  assertClean([...findBannedCode(files), ...findBannedFileNames(files)]);
});

test('no comment speaks of the past or of unfinished work', () => {
  assertClean(findBannedComments(readFiles(...ALL_CODE)));
});

test('no page speaks of the past or of unfinished work', () => {
  assertClean(findBannedProse(readFiles('*.md', 'docs/**/*.md', 'bench/**/*.md')));
});

test('comments keep within the page', () => {
  assertClean(findLongComments(readSources(), COLUMNS));
});
