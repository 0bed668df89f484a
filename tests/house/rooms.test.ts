import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClean } from './finding.ts';
import { readSources } from './repository.ts';
import { findWrongDoors } from './rooms.ts';

function complaints(path: string, text: string): readonly string[] {
  return findWrongDoors([{ path, text }]).map((finding) => finding.message);
}

const PLANTED: readonly (readonly [path: string, text: string, complaint: RegExp])[] = [
  ['src/kit/a.ts', "import { b } from '#model/b.ts';", /kit may enter nothing of ours, not model/],
  ['src/model/a.ts', "import type { Store } from '#ports/store.ts';", /model may enter kit, not ports/],
  ['src/gateway/a.ts', "import { apply } from '#applier/apply.ts';", /gateway may enter .*, not applier/],
  ['src/gateway/a.ts', "import { Log } from '#engines/memory/log.ts';", /not engines/],
  ['src/gateway/a.ts', "import { b } from '../applier/b.ts';", /#applier\/b\.ts/],
  ['src/gateway/a.ts', "const { b } = await import('#engines/memory/b.ts');", /not engines/],
  ['src/gateway/a.ts', "export { b } from '#admin/b.ts';", /not admin/],
  ['src/applier/a.ts', "import type { Config } from '#config/config.ts';", /not config/],
  ['src/engines/sqlite/a.ts', "import { b } from '#engines/memory/b.ts';", /does not know engines\/memory/],
  ['src/engines/sqlite/a.ts', "import { b } from '#gateway/b.ts';", /not gateway/],
  ['src/cli/a.ts', "import { compose } from '#compose.ts';", /not compose/],
  ['src/main.ts', "import { Store } from '#engines/duckdb/store.ts';", /not engines/],
  ['src/loose.ts', "import { Store } from '#engines/duckdb/store.ts';", /not engines/],
  ['src/gateway/a.ts', "import manifest from '../../package.json' with { type: 'json' };", /outside src/],
  ['src/ports/a.ts', "import { must } from '#kit/assert.ts';", /import type/],
  ['src/model/a.ts', "import { readFileSync } from 'node:fs';", /model is pure/],
  ['src/kit/a.ts', "import { b } from '../../tests/support/b.ts';", /outside src/],
  ['src/newroom/a.ts', "import { b } from '#kit/b.ts';", /not in the table of rooms/],
];

for (const [path, text, complaint] of PLANTED) {
  test(`a planted import is found: ${path} with ${text}`, () => {
    const found = complaints(path, text);
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0] ?? '', complaint);
  });
}

const ALLOWED: readonly (readonly [path: string, text: string])[] = [
  ['src/gateway/a.ts', "import { b } from './b.ts';\nimport { c } from '#kit/c.ts';\nimport fastify from 'fastify';"],
  [
    'src/gateway/a.test.ts',
    "import { Log } from '#engines/memory/log.ts';\nimport { b } from '../../tests/support/b.ts';",
  ],
  ['src/compose-gateway.ts', "import { Log } from '#engines/sqlite/log.ts';\nimport { b } from './compose.ts';"],
  ['src/main.ts', "import { compose } from './compose.ts';\nimport { run } from '#cli/cli.ts';"],
  [
    'src/protocols/postback/a.ts',
    "import { b } from '#protocols/api/b.ts';\nimport { createHash } from 'node:crypto';",
  ],
  ['src/engines/sqlite/a.ts', "import { DatabaseSync } from 'node:sqlite';\nimport type { B } from '#ports/b.ts';"],
];

for (const [path, text] of ALLOWED) {
  test(`open doors are not complained of: ${path}`, () => {
    assert.deepEqual(complaints(path, text), []);
  });
}

test('every import in src goes through a door of the table', () => {
  const sources = readSources();
  assert.ok(sources.length > 10, 'the sources were found');
  assertClean(findWrongDoors(sources));
});
