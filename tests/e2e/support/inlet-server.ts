/** A real server process in a directory of its own, started as a user would start it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What `credentials.json` holds, and what a further workspace is created with. */
export interface Credentials {
  readonly url: string;
  readonly munchkinId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly writeKey: string;
  readonly adminToken: string;
}

const MAIN = join(import.meta.dirname, '../../../src/main.ts');

/** Starts `inlet serve` on a free port with these options. Disposing of it stops it and removes its directory. */
export async function startServer(...options: readonly string[]): Promise<InletServer> {
  // The server makes its directory itself, below this one.
  const parent = await mkdtemp(join(tmpdir(), 'inlet-e2e-'));
  const server = new InletServer(parent);
  try {
    await server.start(...options);
  } catch (error) {
    await rm(parent, { recursive: true, force: true });
    throw error;
  }
  return server;
}

export class InletServer implements AsyncDisposable {
  readonly directory: string;
  readonly #parent: string;
  #child: ChildProcess | undefined;
  #stdout = '';
  #stderr = '';

  constructor(parent: string) {
    this.#parent = parent;
    this.directory = join(parent, 'data');
  }

  /** Of the running server; the port is another one after each start. */
  get url(): string {
    return this.#read<{ url: string }>('server.json').url;
  }

  /** Of the first start, with the present address. */
  get credentials(): Credentials {
    return { ...this.#read<Credentials>('credentials.json'), url: this.url };
  }

  /** Process ids of the server's own children: the store process, unless it is just being restarted. */
  get childPids(): readonly number[] {
    const pid = this.#child?.pid;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  }

  /** All that was printed since the first start. */
  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves once the log holds the pattern: a line is written a moment after the answer it belongs to. */
  async logged(pattern: RegExp): Promise<void> {
    for (const deadline = Date.now() + 10_000; !pattern.test(this.#stderr) && Date.now() < deadline;) await sleep(20);
    assert.match(this.#stderr, pattern);
  }

  /** Resolves once the server is open for traffic. */
  async start(...options: readonly string[]): Promise<void> {
    await rm(join(this.directory, 'server.json'), { force: true });
    const args = [MAIN, 'serve', '--data', this.directory, '--port', '0', ...options];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    const printedBefore = this.#stdout.length;
    const files = ['server.json', 'credentials.json'].map((name) => join(this.directory, name));
    // The files are there a moment before the greeting is.
    while (!files.every((file) => existsSync(file)) || !this.#stdout.slice(printedBefore).includes('is open at')) {
      assert.equal(child.exitCode, null, `the server ended at its start: ${this.#stderr}`);
      await sleep(20);
    }
  }

  /** Sends SIGTERM and waits for the end. A server that stops cleanly exits with 0. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    }
    assert.equal(child.exitCode, 0, `the server did not stop cleanly: ${this.#stderr}`);
  }

  /** SIGKILL to the server; its store process notices. What the server has not made durable is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  async restart(...options: readonly string[]): Promise<void> {
    await this.stop();
    await this.start(...options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop();
    } finally {
      await rm(this.#parent, { recursive: true, force: true });
    }
  }

  #read<Content>(name: string): Content {
    return JSON.parse(readFileSync(join(this.directory, name), 'utf8')) as Content;
  }
}
