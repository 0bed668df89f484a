/**
 * Runs the tests: `npm test`, or `npm test -- src/model` for those whose paths begin so.
 * Owns: getting the Debian packages, Python clients and the receiver of traces that suites need. Never: decides whether a suite is skipped; the suite does.
 */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './support/installed.ts';
import { OTLP_RECEIVER, planRun, PYTHON, TEST_FILES } from './run-plan.ts';
import type { SystemPackage } from './run-plan.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A test that takes longer hangs. Tests that may take longer say so themselves. */
const TEST_TIMEOUT_MS = 600_000;
const CONCURRENCY = Math.max(1, Math.min(4, availableParallelism()));

function getPackages(missing: readonly SystemPackage[]): void {
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const suites = missing.flatMap((needed) => needed.suites).join(', ');
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) {
    console.error(`Suites under ${suites} need what is not installed, and will be skipped. To run them too:`);
    console.error(`  sudo apt-get install -y ${names.join(' ')}\n`);
    return;
  }
  console.error(`Installing ${names.join(', ')} for the suites under ${suites}.`);
  // A stale index is what most often makes an installation fail, and it costs a second to renew.
  if (!(aptGet('update', '-q') && aptGet('install', '-y', '--no-install-recommends', ...names))) {
    console.error('That failed, so that those suites will be skipped.\n');
  }
}

function aptGet(...args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  return status === 0;
}

/** The list that an environment was made from lies in it, so that pip is asked once only. */
function getPythonClients(): void {
  const wanted = readFileSync(join(ROOT, PYTHON.requirements), 'utf8');
  const environment = join(ROOT, PYTHON.environment);
  const done = join(environment, 'requirements.txt');
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return;
  console.error(`Installing the Python clients of ${PYTHON.requirements}.`);
  rmSync(environment, { recursive: true, force: true });
  const isDone =
    succeeds('python3', '-m', 'venv', environment) &&
    succeeds(join(environment, 'bin/pip'), 'install', '-q', '-r', join(ROOT, PYTHON.requirements));
  if (isDone) writeFileSync(done, wanted);
  else console.error(`That failed, so that the suites under ${PYTHON.suites} will be skipped.\n`);
}

/** In a folder of its own, since only its suites need it; a copy of the lock that it was made from says that it is whole. */
function getOtlpReceiver(): void {
  const manifests = join(ROOT, OTLP_RECEIVER.manifests);
  const folder = join(ROOT, OTLP_RECEIVER.folder);
  const done = join(folder, 'installed.json');
  const lock = readFileSync(join(manifests, 'package-lock.json'), 'utf8');
  if (existsSync(done) && readFileSync(done, 'utf8') === lock) return;
  console.error(`Installing the receiver of traces of ${OTLP_RECEIVER.manifests}.`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(manifests, name), join(folder, name));
  if (succeeds('npm', 'ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund')) {
    writeFileSync(done, lock);
  } else console.error(`That failed, so that the suites under ${OTLP_RECEIVER.suites} will be skipped.\n`);
}

function succeeds(command: string, ...args: readonly string[]): boolean {
  const env = { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' };
  return spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
}

function runTests(files: readonly string[], flags: readonly string[]): void {
  const fixed = [
    '--test',
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    '--test-reporter=spec',
  ];
  const child = spawn(process.execPath, [...fixed, ...flags, ...files], { cwd: ROOT, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

const args = process.argv.slice(2);
const { files, flags, missingPackages, needsPython, needsOtlpReceiver } = planRun({
  args,
  files: globSync([...TEST_FILES], { cwd: ROOT }).toSorted(),
  isInstalled,
});
if (files.length === 0) {
  console.error(`No test file's path begins with ${args.join(' or ')}.`);
  process.exitCode = 1;
} else {
  getPackages(missingPackages);
  if (needsPython) getPythonClients();
  if (needsOtlpReceiver) getOtlpReceiver();
  runTests(files, flags);
}
