// The linter's rules, each tried on a planted fault: a rule that is misspelt or switched off would pass in silence.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from './repository.ts';

const lines = (count: number): string => 'void 0;\n'.repeat(count);

const PLANTED: Readonly<Record<string, { readonly file: string; readonly text: string }>> = {
  'typescript(no-floating-promises)': { file: 'floating', text: 'Promise.resolve(1);' },
  'typescript(no-misused-promises)': {
    file: 'misused',
    text: '[1].forEach(async () => { await Promise.resolve(); });',
  },
  'typescript(await-thenable)': { file: 'thenable', text: 'await 1;' },
  'typescript(return-await)': {
    file: 'return-await',
    text: 'export async function f(): Promise<number> { try { return Promise.resolve(1); } finally { void 0; } }',
  },
  'typescript(only-throw-error)': { file: 'throw', text: "throw 'text';" },
  'typescript(prefer-promise-reject-errors)': { file: 'reject', text: "void Promise.reject('text');" },
  'typescript(no-explicit-any)': { file: 'any', text: 'export const a: any = 1;' },
  'typescript(no-non-null-assertion)': { file: 'non-null', text: 'export const f = (a?: string): string => a!;' },
  'typescript(switch-exhaustiveness-check)': {
    file: 'exhaustive',
    text: "export function f(a: 'b' | 'c'): void { switch (a) { case 'b': break; } }",
  },
  'typescript(no-deprecated)': { file: 'deprecated', text: '/** @deprecated use b */\nconst a = 1;\nvoid a;' },
  'typescript(consistent-type-imports)': {
    file: 'type-imports',
    text: "import { B } from './named-b.ts';\nexport type A = B;",
  },
  'eslint(max-lines)': { file: 'long', text: lines(301) },
  'eslint(max-lines-per-function)': { file: 'long-function', text: `export function f(): void {\n${lines(61)}}` },
  'eslint(max-params)': { file: 'params', text: 'export const f = (a: 1, b: 1, c: 1, d: 1): number => a + b + c + d;' },
  'eslint(max-depth)': { file: 'depth', text: 'if (1) { if (2) { if (3) { if (4) { void 0; } } } }' },
  'eslint(no-nested-ternary)': { file: 'ternary', text: 'export const f = (a: number): number => a ? 1 : a ? 2 : 3;' },
  'import(no-cycle)': {
    file: 'cycle-one',
    text: "import { b } from './cycle-two.ts';\nexport const a = (): void => b();",
  },
  'import(no-default-export)': { file: 'default', text: 'export default 1;' },
  'import(no-duplicates)': {
    file: 'duplicates',
    text: "import { b } from './named-b.ts';\nimport { c } from './named-b.ts';\nvoid b; void c;",
  },
  'oxc(no-barrel-file)': { file: 'barrel', text: "export * from './named-b.ts';" },
  'unicorn(prefer-node-protocol)': { file: 'protocol', text: "import 'fs';" },
  'unicorn(filename-case)': { file: 'camelCase', text: 'void 0;' },
  'eslint(no-restricted-imports)': { file: 'parent', text: "import '../other/a.ts';" },
  'eslint(eqeqeq)': { file: 'equals', text: 'export const f = (a: number): boolean => a == 1;' },
  'eslint(no-var)': { file: 'var', text: 'var a = 1; void a;' },
  'eslint(prefer-const)': { file: 'const', text: 'let a = 1; void a;' },
  'eslint(no-console)': { file: 'console', text: "console.log('a');" },
  'eslint(no-empty)': { file: 'empty', text: 'if (process.argv0) {}' },
  'eslint(no-param-reassign)': { file: 'reassign', text: 'export function f(a: number): number { a = 1; return a; }' },
  'eslint(no-warning-comments)': { file: 'warning', text: '// FIXME\nvoid 0;' },
};

// What the planted files need around them, and two files that must stay clean.
const SUPPORT = {
  'src/plant/cycle-two.ts': "import { a } from './cycle-one.ts';\nexport const b = (): void => a();",
  'src/plant/named-b.ts': 'export type B = string;\nexport const b = 1;\nexport const c = 2;',
  'src/other/a.ts': 'export const a = 1;',
  'src/cli/print.ts': "console.log('a');",
  'src/plant/known.test.ts': `import { test } from 'node:test';\ntest('a', async () => {\n${lines(70)}await Promise.resolve();\n});`,
  'tsconfig.json': '{"extends":"./tsconfig.base.json","include":["src"]}',
};

let folder: string;
let found: readonly { readonly code: string; readonly filename: string }[];

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'inlet-lint-'));
  for (const { file, text } of Object.values(PLANTED)) write(`src/plant/${file}.ts`, `${text}\n`);
  for (const [path, text] of Object.entries(SUPPORT)) write(path, `${text}\n`);
  for (const name of ['.oxlintrc.json', 'node_modules', 'package.json'])
    symlinkSync(join(ROOT, name), join(folder, name));
  symlinkSync(join(ROOT, 'tsconfig.json'), join(folder, 'tsconfig.base.json'));
  const run = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), ['--format', 'json'], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.ok(run.stdout.startsWith('{'), run.stdout + run.stderr);
  found = (JSON.parse(run.stdout) as { diagnostics: typeof found }).diagnostics;
});

after(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

for (const [code, { file }] of Object.entries(PLANTED)) {
  test(`${code} fires on a planted fault`, () => {
    const codes = found.filter(({ filename }) => filename.endsWith(`/${file}.ts`)).map((diagnostic) => diagnostic.code);
    assert.ok(codes.includes(code), `found there: ${codes.join(', ') || 'nothing'}`);
  });
}

test('what commands print and what node:test awaits are left alone', () => {
  assert.deepEqual(
    found.filter(({ filename }) => /print\.ts|known\.test\.ts/.test(filename)),
    [],
  );
});
