/** A real server in a directory of its own, as a user would start it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '#cli/data-directory-files.ts';
import { accessTokenOf } from './access-token.ts';
import { runSql } from './sql-call.ts';

export interface InletProcess extends AsyncDisposable {
  readonly directory: string;
  readonly credentials: Credentials;
  readonly pid: number;
  /** A token for the Data Ingestion API. */
  accessToken(): Promise<string>;
  /** Runs SQL, after a request has been decided when one is given. */
  sql(query: string, after?: string): Promise<unknown[][]>;
}

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** Starts `inlet serve` on a free port with these options; gone with its directory when disposed of. */
export async function startInlet(options: readonly string[] = []): Promise<InletProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'inlet-bench-'));
  const args = [MAIN, 'serve', '--data', directory, '--port', '0', '--log-level', 'warn', ...options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const credentials = await readCredentials(child, directory);
  return new RunningInlet(child, directory, credentials);
}

async function readCredentials(child: ChildProcess, directory: string): Promise<Credentials> {
  const files = ['server.json', 'credentials.json'].map((name) => join(directory, name));
  while (!files.every((file) => existsSync(file))) {
    if (child.exitCode !== null) throw new Error(`the server ended with exit code ${child.exitCode}`);
    await sleep(20);
  }
  const [server, credentials] = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Credentials);
  return { ...(credentials as Credentials), url: (server as Credentials).url };
}

class RunningInlet implements InletProcess {
  readonly directory: string;
  readonly credentials: Credentials;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, directory: string, credentials: Credentials) {
    this.#child = child;
    this.directory = directory;
    this.credentials = credentials;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  accessToken(): Promise<string> {
    return accessTokenOf(this.credentials);
  }

  sql(query: string, after?: string): Promise<unknown[][]> {
    return runSql(this.credentials, query, after);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await exited;
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}
