import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';

import { referencePages } from './reference-pages.ts';
import { OPTION_LIST } from '#config/options.ts';

describe('the reference pages', () => {
  for (const { path, text } of referencePages()) {
    it(`${path} says what the code says; mend with: npm run docs`, async () => {
      assert.equal(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8'), text);
    });
  }

  it('name every option and every command', () => {
    const [options, cli] = referencePages().map(({ text }) => text);
    for (const { flag } of OPTION_LIST) assert.match(options ?? '', new RegExp(`^\\| \`--${flag}\` \\|`, 'mu'));
    for (const command of ['serve', 'sql', 'requests show', 'quarantine list', 'keys create', 'doctor']) {
      assert.match(cli ?? '', new RegExp(`^#+ inlet ${command}$`, 'mu'));
    }
  });
});
