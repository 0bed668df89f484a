import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClean } from './finding.ts';
import { findDeadLinks } from './links.ts';
import { exists, readFiles } from './repository.ts';

const PAGES = [
  {
    path: 'README.md',
    text: '# Inlet\n[laws](docs/laws.md#1-durable-before-answered) [here](#inlet) [out](https://x.y)',
  },
  { path: 'docs/laws.md', text: '## 1. Durable, before answered\n[back](../README.md)\n`[no](link)`' },
];

function deadLinks(text: string): readonly string[] {
  const pages = [...PAGES, { path: 'docs/new.md', text }];
  const paths = new Set(pages.map(({ path }) => path));
  return findDeadLinks({ pages, exists: (path) => paths.has(path) }).map(({ message }) => message);
}

test('links that resolve are not complained of', () => {
  assert.deepEqual(deadLinks('[laws](laws.md) [up](../README.md#inlet)'), []);
});

test('a link to a missing file is found', () => {
  assert.match(deadLinks('[gone](gone.md)')[0] ?? '', /there is no docs\/gone\.md/);
});

test('a link to a missing heading is found', () => {
  assert.match(deadLinks('[law](laws.md#11-no-such-law)')[0] ?? '', /no heading #11-no-such-law/);
});

test('every link between pages resolves', () => {
  assertClean(findDeadLinks({ pages: readFiles('*.md', 'docs/**/*.md', 'bench/**/*.md'), exists }));
});
