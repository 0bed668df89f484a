import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOnly, commentsOnly, importsOf } from './source-text.ts';

const SOURCE = `// one 'a'
import { b } from '#kit/b.ts'; /* two */
import type { C } from
  './c.ts';
import 'node:fs';
export { d } from './d.ts';
const url = 'http://x'; const pattern = /'\\/\\//.test(url);
const lazy = await import('./e.ts'); // three
`;

test('codeOnly blanks comments and literals and keeps every place', () => {
  const code = codeOnly(SOURCE);
  assert.equal(code.length, SOURCE.length);
  assert.equal(code.split('\n').length, SOURCE.split('\n').length);
  assert.doesNotMatch(code, /one|two|three|http|kit/);
  assert.match(code, /const pattern = +\.test\(url\);/);
});

test('commentsOnly keeps the comments alone', () => {
  assert.deepEqual(
    commentsOnly(SOURCE)
      .split(/\s{2,}|\n/)
      .filter(Boolean),
    ["// one 'a'", '/* two */', '// three'],
  );
});

test('importsOf finds imports of every form', () => {
  assert.deepEqual(importsOf(SOURCE), [
    { specifier: '#kit/b.ts', typeOnly: false, line: 2 },
    { specifier: './c.ts', typeOnly: true, line: 3 },
    { specifier: 'node:fs', typeOnly: false, line: 5 },
    { specifier: './d.ts', typeOnly: false, line: 6 },
    { specifier: './e.ts', typeOnly: false, line: 8 },
  ]);
});

test('importsOf ignores what only a comment names', () => {
  assert.deepEqual(importsOf("// import { a } from './a.ts';\n/* import './b.ts'; */"), []);
});
