import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClean } from './finding.ts';
import { readSources } from './repository.ts';
import { findCodeInPorts, findMissingSigns } from './signs.ts';

const SIGN = '/**\n * Admits.\n * Owns: limits. Never: reads the store.\n */\n';

test('a room without a sign is found', () => {
  assert.equal(findMissingSigns([{ path: 'src/gateway/routes.ts', text: '/** Routes. */' }]).length, 1);
  assert.deepEqual(findMissingSigns([{ path: 'src/gateway/routes.ts', text: SIGN }]), []);
});

test('a main file without a sign is found even when a neighbour has one', () => {
  const neighbour = { path: 'src/gateway/routes.ts', text: SIGN };
  assert.equal(findMissingSigns([neighbour, { path: 'src/gateway/gateway.ts', text: 'export {};' }]).length, 1);
});

test('a sign below the first line is none', () => {
  assert.equal(findMissingSigns([{ path: 'src/kit/a.ts', text: `import 'x';\n${SIGN}` }]).length, 1);
});

test('code in a port is found', () => {
  for (const text of ['export const A = 1;', 'export async function f(): Promise<void> {}', 'export class A {}']) {
    assert.equal(findCodeInPorts([{ path: 'src/ports/a.ts', text }]).length, 1, text);
  }
  const allowed = 'export interface A {}\nexport type B = A;\nexport class LogError extends Error {}';
  assert.deepEqual(findCodeInPorts([{ path: 'src/ports/a.ts', text: allowed }]), []);
});

test('every room has its sign', () => {
  assertClean(findMissingSigns(readSources()));
});

test('ports hold types and errors alone', () => {
  assertClean(findCodeInPorts(readSources()));
});
