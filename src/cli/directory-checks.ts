/**
 * Checks of a data directory, on the machine itself.
 * Owns: what is looked at, what counts as healthy, and the remedy for each fault.
 * Never: changes anything; the file that it writes to time the disk is gone when it returns.
 */
import { access, constants, open, readFile, rm, stat, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { readServerFile } from './data-directory-files.ts';

export interface Finding {
  readonly check: 'directory' | 'secrets' | 'version' | 'server' | 'space' | 'fsync';
  readonly state: 'ok' | 'warning' | 'problem';
  /** What was found and, unless it is well, how to mend it. */
  readonly message: string;
}

/** Below it the intake log soon answers 503. */
const LEAST_FREE_BYTES = 1e9;
/** Above it each answer waits noticeably for the disk; common for spinning disks and some network volumes. */
const SLOW_SYNC_MS = 20;
const SYNC_ROUNDS = 20;
const READY_TIMEOUT_MS = 2_000;

// Part of the directory's layout, and named here as they lie on the disk.
const SECRET_FILES = ['credentials.json', 'token.key'];
const VERSION_FILE = 'version';
const LOCK_HOLDER_FILE = 'inlet.pid';

/** All findings; the later checks need a directory, so a missing one is the only finding. */
export async function checkDirectory(directory: string): Promise<readonly Finding[]> {
  const path = resolve(directory);
  const own = await checkOwn(path);
  if (own.state === 'problem') return [own];
  const checks = [checkSecrets, checkVersion, checkServer, checkSpace, checkSync];
  const findings = [own];
  for (const check of checks) findings.push(await check(path));
  return findings;
}

async function checkOwn(path: string): Promise<Finding> {
  const found = await stat(path).catch(() => undefined);
  const finding = (state: Finding['state'], message: string): Finding => ({ check: 'directory', state, message });
  if (found === undefined) return finding('problem', `${path} does not exist; "inlet serve --data ${path}" makes it.`);
  if (!found.isDirectory()) return finding('problem', `${path} is not a directory.`);
  const isWritable = await access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) return finding('problem', `${path} cannot be read and written by this user.`);
  if (isOpenToOthers(found.mode)) {
    return finding('warning', `${path} is open to other users (mode ${octal(found.mode)}); run: chmod 700 ${path}`);
  }
  return finding('ok', `${path}, mode ${octal(found.mode)}`);
}

async function checkSecrets(path: string): Promise<Finding> {
  const open: string[] = [];
  for (const name of SECRET_FILES) {
    const found = await stat(join(path, name)).catch(() => undefined);
    if (found !== undefined && isOpenToOthers(found.mode)) open.push(join(path, name));
  }
  if (open.length === 0) return { check: 'secrets', state: 'ok', message: 'files with secrets are private' };
  return {
    check: 'secrets',
    state: 'problem',
    message: `Other users can read secrets; run: chmod 600 ${open.join(' ')}`,
  };
}

async function checkVersion(path: string): Promise<Finding> {
  const text = await textOf(join(path, VERSION_FILE));
  if (text === undefined) return { check: 'version', state: 'ok', message: 'none yet; the first start writes it' };
  if (/^[1-9]\d*$/u.test(text)) return { check: 'version', state: 'ok', message: `layout ${text}` };
  const message = `${join(path, VERSION_FILE)} does not hold a version number; restore it from a backup.`;
  return { check: 'version', state: 'problem', message };
}

/** The lock itself is freed by the kernel, so a process id that a killed server left behind means nothing. */
async function checkServer(path: string): Promise<Finding> {
  const holder = Number(await textOf(join(path, LOCK_HOLDER_FILE)));
  if (!isAlive(holder)) return { check: 'server', state: 'ok', message: 'not running, the directory is free' };
  const url = (await readServerFile(path))?.url;
  const held = `process ${holder} has the directory`;
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) }).catch(() => undefined);
  if (answer?.ok === true) return { check: 'server', state: 'ok', message: `${held} and is ready at ${url}` };
  const state = answer === undefined ? 'does not answer' : `is not ready: ${await answer.text()}`;
  return { check: 'server', state: 'warning', message: `${held}; ${url} ${state}` };
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function checkSpace(path: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  const message = `${(free / 1e9).toFixed(1)} GB free`;
  if (free >= LEAST_FREE_BYTES) return { check: 'space', state: 'ok', message };
  return { check: 'space', state: 'warning', message: `Only ${message}; a full disk makes the server answer 503.` };
}

async function checkSync(path: string): Promise<Finding> {
  const medianMs = await medianSyncMs(join(path, `.doctor-${process.pid}`));
  const message = `${medianMs.toFixed(2)} ms for an fsync of 4 KiB (median of ${SYNC_ROUNDS})`;
  if (medianMs <= SLOW_SYNC_MS) return { check: 'fsync', state: 'ok', message };
  return {
    check: 'fsync',
    state: 'warning',
    message: `${message}; every answer waits for one, so a faster disk helps.`,
  };
}

async function medianSyncMs(path: string): Promise<number> {
  const block = new Uint8Array(4096);
  const samples: number[] = [];
  try {
    await using file = await open(path, 'wx', 0o600);
    for (let round = 0; round < SYNC_ROUNDS; round += 1) {
      await file.write(block);
      const start = performance.now();
      await file.sync();
      samples.push(performance.now() - start);
    }
  } finally {
    await rm(path, { force: true });
  }
  return samples.toSorted((left, right) => left - right)[SYNC_ROUNDS >> 1] ?? 0;
}

function isOpenToOthers(mode: number): boolean {
  return (mode & 0o077) !== 0;
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
