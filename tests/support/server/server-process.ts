/**
 * One life of a real server on a data directory: from its start to its end, however it ends.
 * Owns: its processes, and what they print. Never: the directory, which outlives it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials, ServerFile } from '#cli/data-directory-files.ts';

const MAIN: string = join(import.meta.dirname, '../../../src/main.ts');
/** What never comes within this time does not come. */
const WAIT_LIMIT_MS = 60_000;
const POLL_INTERVAL_MS = 20;

export interface StartOptions {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Instead of `src/main.ts`; takes the same arguments. */
  readonly script?: string;
  /** Both processes are a group of their own, and die at once. Otherwise they end with whoever interrupts the tests. */
  readonly ownGroup?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ServerProcess implements AsyncDisposable {
  /** Settles when the gateway process has ended. */
  readonly exited: Promise<Exit>;
  /** Settles when the store process has ended too, and all that they printed has been read. */
  readonly closed: Promise<void>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ownGroup: boolean;
  #credentials: Credentials | undefined;
  #stdout = '';
  #stderr = '';
  #isClosed = false;

  /** Starts the processes and waits for nothing. */
  constructor(directory: string, { args = [], environment, script = MAIN, ownGroup = false }: StartOptions = {}) {
    const child = spawn(process.execPath, [script, 'serve', '--data', directory, '--port', '0', ...args], {
      detached: ownGroup,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#child = child;
    this.#ownGroup = ownGroup;
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    this.closed = new Promise((resolve) => child.once('close', resolve)).then(() => void (this.#isClosed = true));
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
  }

  /** Resolves once the server is open. Rejects with what it logged when it ends before. */
  static async start(directory: string, options: StartOptions = {}): Promise<ServerProcess> {
    const server = new ServerProcess(directory, options);
    try {
      await server.#opened(directory);
      return server;
    } catch (error) {
      await server.killBoth();
      throw error;
    }
  }

  /** Of the first start on the directory, with the present address. */
  get credentials(): Credentials {
    if (this.#credentials === undefined) throw new Error('the server has not opened');
    return this.#credentials;
  }

  /** Of the gateway process. */
  get pid(): number {
    return this.#child.pid as number;
  }

  /** The gateway's own children: the store process, unless it is just being started again. */
  get childPids(): readonly number[] {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves with the first line of the log that matches, now or later: it is written a moment after what it tells. */
  async logged(pattern: RegExp): Promise<string> {
    const find = (): string | undefined =>
      this.#stderr
        .split('\n')
        .slice(0, -1)
        .find((line) => pattern.test(line));
    return await this.#until(find, `a log line ${String(pattern)}`);
  }

  /** SIGTERM. Resolves with the exit. */
  async stop(): Promise<Exit> {
    this.#child.kill('SIGTERM');
    return await this.exited;
  }

  /** SIGKILL to the gateway process alone; the store process is left to notice. */
  async killGateway(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** SIGKILL to the store process alone. False when none runs. */
  killStore(): boolean {
    const [pid] = this.childPids;
    return pid !== undefined && process.kill(pid, 'SIGKILL');
  }

  /** SIGKILL to both processes of a group at once, also to a store process that has outlived its gateway. */
  async killBoth(): Promise<void> {
    if (this.#ownGroup) killGroup(this.pid);
    this.#child.kill('SIGKILL');
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killBoth();
  }

  // The files are there a moment before the greeting is.
  async #opened(directory: string): Promise<void> {
    await this.#until(() => this.#stdout.includes('is open at') || undefined, 'its greeting');
    const { url } = readJson<ServerFile>(join(directory, 'server.json'));
    this.#credentials = { ...readJson<Credentials>(join(directory, 'credentials.json')), url };
  }

  async #until<Value>(read: () => Value | undefined, what: string): Promise<Value> {
    const deadline = performance.now() + WAIT_LIMIT_MS;
    for (;;) {
      const value = read();
      if (value !== undefined) return value;
      if (this.#isClosed) throw new Error(`the server ended without ${what}:\n${this.#stderr}`);
      if (performance.now() > deadline) throw new Error(`${what} never came:\n${this.#stderr}`);
      await sleep(POLL_INTERVAL_MS);
    }
  }
}

// Nobody is left when the group is empty.
function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readJson<Content>(path: string): Content {
  return JSON.parse(readFileSync(path, 'utf8')) as Content;
}
