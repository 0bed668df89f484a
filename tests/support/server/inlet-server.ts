/**
 * A real server with a data directory of its own, started as a user would start it; stopped, killed, started again.
 * Owns: the directory, and the server's lives on it. Never: calls the server; a workspace does.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '#cli/data-directory-files.ts';
import { ServerProcess } from './server-process.ts';
import type { StartOptions } from './server-process.ts';

/** Starts `inlet serve` on a free port with these options. Disposing of it stops it and removes its directory. */
export function startServer(...args: readonly string[]): Promise<InletServer> {
  return InletServer.open({ args });
}

export class InletServer implements AsyncDisposable {
  readonly directory: string;
  readonly #parent: string;
  readonly #lives: ServerProcess[] = [];
  #running: ServerProcess | undefined;

  private constructor(parent: string) {
    this.#parent = parent;
    this.directory = join(parent, 'data');
  }

  static async open(options: StartOptions = {}): Promise<InletServer> {
    // The server makes its directory itself, below this one.
    const parent = await mkdtemp(join(tmpdir(), 'inlet-e2e-'));
    const server = new InletServer(parent);
    try {
      await server.#begin(options);
    } catch (error) {
      await rm(parent, { recursive: true, force: true });
      throw error;
    }
    return server;
  }

  /** Of the present life; the port is another one after each start. */
  get url(): string {
    return this.credentials.url;
  }

  /** Of the first start, with the present address. */
  get credentials(): Credentials {
    return this.#latest.credentials;
  }

  /** Process ids of the server's own children: the store process, unless it is just being started again. */
  get childPids(): readonly number[] {
    return this.#latest.childPids;
  }

  /** All that was printed since the first start. */
  get stdout(): string {
    return this.#lives.map(({ stdout }) => stdout).join('');
  }

  get stderr(): string {
    return this.#lives.map(({ stderr }) => stderr).join('');
  }

  /** Resolves once the log of the present life holds a line that matches. */
  async logged(pattern: RegExp): Promise<void> {
    await this.#latest.logged(pattern);
  }

  /** Resolves once the server is open for traffic. */
  async start(...args: readonly string[]): Promise<void> {
    await this.#begin({ args });
  }

  /** Sends SIGTERM and waits for the end. A server that stops cleanly exits with 0. */
  async stop(): Promise<void> {
    const life = this.#endLife();
    if (life === undefined) return;
    const { code } = await life.stop();
    await life.closed;
    assert.equal(code, 0, `the server did not stop cleanly: ${this.stderr}`);
  }

  /** SIGKILL to the server; its store process notices. What the server has not made durable is gone. */
  async kill(): Promise<void> {
    const life = this.#endLife();
    await life?.killGateway();
    await life?.closed;
  }

  async restart(...args: readonly string[]): Promise<void> {
    await this.stop();
    await this.start(...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop();
    } finally {
      await rm(this.#parent, { recursive: true, force: true });
    }
  }

  async #begin(options: StartOptions): Promise<void> {
    this.#running = await ServerProcess.start(this.directory, options);
    this.#lives.push(this.#running);
  }

  #endLife(): ServerProcess | undefined {
    const life = this.#running;
    this.#running = undefined;
    return life;
  }

  get #latest(): ServerProcess {
    const life = this.#lives.at(-1);
    assert.ok(life, 'the server has opened');
    return life;
  }
}
