/**
 * A real server on a data directory, as a process group of its own: started, killed, stopped, started again.
 * Owns: the processes of one start. Never: the directory, which outlives it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InletApi } from './inlet-api.ts';
import type { Credentials } from './inlet-api.ts';

const MAIN: string = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** What never comes within this time does not come. */
const WAIT_LIMIT_MS = 60_000;
const POLL_INTERVAL_MS = 5;

export interface StartOptions {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Instead of `src/main.ts`; takes the same arguments. */
  readonly script?: string;
}

/** A line of the server's log on stderr; text that is no JSON has `msg` alone. */
export interface LogLine {
  readonly msg: string;
  readonly level?: unknown;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class InletServer implements AsyncDisposable {
  readonly log: LogLine[] = [];
  /** Settles when the gateway process has ended. */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #directory: string;
  #api: InletApi | undefined;
  #exit: Exit | undefined;

  private constructor(child: ChildProcess, directory: string) {
    this.#child = child;
    this.#directory = directory;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve((this.#exit = { code, signal })));
    });
    if (child.stderr !== null) createInterface(child.stderr).on('line', (line) => this.log.push(readLine(line)));
  }

  /** Resolves once the server is open. Rejects with its log when it ends before. */
  static async start(directory: string, options: StartOptions = {}): Promise<InletServer> {
    const server = InletServer.spawn(directory, options);
    await server.#opened();
    return server;
  }

  /** Starts the processes and waits for nothing. */
  static spawn(directory: string, { args = [], environment, script = MAIN }: StartOptions = {}): InletServer {
    // Whoever finds this file finds a server that is open.
    rmSync(join(directory, 'server.json'), { force: true });
    return new InletServer(
      spawnServer([script, 'serve', '--data', directory, '--port', '0', ...args], environment),
      directory,
    );
  }

  /** Starts a second server on a directory that is taken; the file of the first stays. */
  static spawnSecond(directory: string): InletServer {
    return new InletServer(spawnServer([MAIN, 'serve', '--data', directory, '--port', '0'], {}), directory);
  }

  get api(): InletApi {
    if (this.#api === undefined) throw new Error('the server has not opened');
    return this.#api;
  }

  /** Of the gateway process, which leads the group. */
  get pid(): number {
    return this.#child.pid as number;
  }

  get ended(): boolean {
    return this.#exit !== undefined;
  }

  /** Of the store process; undefined while none runs. */
  storePid(): number | undefined {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  }

  /** SIGKILL to both processes at once. */
  async killGroup(): Promise<void> {
    this.#signalGroup('SIGKILL');
    await this.exited;
  }

  /** SIGKILL to the gateway process alone; the store process is left to notice. */
  async killGateway(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** SIGKILL to the store process alone. False when none runs. */
  killStore(): boolean {
    const pid = this.storePid();
    return pid !== undefined && process.kill(pid, 'SIGKILL');
  }

  /** SIGTERM. Resolves with the exit. */
  stop(): Promise<Exit> {
    this.#child.kill('SIGTERM');
    return this.exited;
  }

  /** Resolves with the first line whose message matches, now or later. */
  async logged(message: RegExp): Promise<LogLine> {
    return await this.#until(() => this.log.find(({ msg }) => message.test(msg)), `a log line ${String(message)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killGroup();
  }

  async #opened(): Promise<void> {
    const file = join(this.#directory, 'server.json');
    const { url } = await this.#until(() => readJson<{ url: string }>(file), 'an open port');
    const credentials = readJson<Credentials>(join(this.#directory, 'credentials.json'));
    if (credentials === undefined) throw new Error('the server has opened and left no credentials');
    this.#api = new InletApi({ ...credentials, url });
  }

  async #until<Value>(read: () => Value | undefined, what: string): Promise<Value> {
    const deadline = performance.now() + WAIT_LIMIT_MS;
    for (;;) {
      const value = read();
      if (value !== undefined) return value;
      if (this.ended) throw new Error(`the server ended without ${what}:\n${this.#logText()}`);
      if (performance.now() > deadline) throw new Error(`${what} never came:\n${this.#logText()}`);
      await sleep(POLL_INTERVAL_MS);
    }
  }

  #logText(): string {
    return this.log.map((line) => JSON.stringify(line)).join('\n');
  }

  // Also reaches a store process that has outlived its gateway. Nobody is left when the group is empty.
  #signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function spawnServer(args: readonly string[], environment: StartOptions['environment'] = {}): ChildProcess {
  return spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  });
}

function readLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}

/** Undefined while there is no such file. */
function readJson<Shape>(path: string): Shape | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Shape;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
