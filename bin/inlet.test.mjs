import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runtimeProblem } from './runtime-problem.mjs';

const LAUNCHER = fileURLToPath(new URL('inlet.mjs', import.meta.url));
const SYSTEM_NODE = ['/usr/bin/node', '/usr/local/bin/node'].find(isTooOld);

function isTooOld(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 && runtimeProblem(stdout.trim()) !== undefined;
}

test('runtimeProblem takes 24.12 and everything newer', () => {
  for (const version of ['24.12.0', 'v24.13.1', '25.0.0', '26.10.0', 'v100.0.0']) {
    assert.equal(runtimeProblem(version), undefined, version);
  }
});

test('runtimeProblem names the version and the remedy of everything older', () => {
  for (const version of ['v0.12.18', '20.20.2', 'v22.99.0', '24.11.9']) {
    const problem = runtimeProblem(version) ?? '';
    assert.match(problem, /24\.12/);
    assert.ok(problem.includes(version));
    assert.match(problem, /npm ci/);
  }
});

const skip = SYSTEM_NODE === undefined && 'no Node.js older than 24.12 at /usr/bin or /usr/local/bin';

test('the launcher runs on an old Node as far as the message', { skip }, () => {
  const { status, stderr } = spawnSync(SYSTEM_NODE, [LAUNCHER, 'serve'], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /^Inlet needs Node\.js 24\.12 or newer; this is v\d+/);
  assert.doesNotMatch(stderr, /SyntaxError|at .*\.mjs:\d+/);
});
