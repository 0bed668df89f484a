/**
 * Keeps one store process running: starts it, restarts it when it dies, ends it with the gateway.
 * Owns: the child process. Never: knows what the store does; law 3 makes every restart safe.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { backoffDelayMs } from '#kit/backoff.ts';
import { QueryError } from '#ports/store-reader.ts';
import { channelToChild } from './channel.ts';
import { Caller } from './rpc.ts';
import type { StoreConnection } from './store-client.ts';
import { TOPICS } from './store-server.ts';

export interface SupervisorParts {
  /** Path of the script that the process runs. */
  readonly script: string;
  /** Handed to the script as its start message; must survive structured cloning. */
  readonly settings: unknown;
  /** Each time a process has been started, before it is ready: what it tells can be listened to. */
  readonly onStarted: (caller: Caller) => void;
  /** Each time a process has ended unasked. */
  readonly onDeath: (reason: string) => void;
  /** A process that lived this long was healthy: its death starts a new series of restarts. 30 s unless given. */
  readonly healthyAfterMs?: number;
}

/** DuckDB's calls block a thread of libuv's pool while they run: enough for queries, batches and their watchers. */
const THREADPOOL_SIZE = '16';
/** glibc gives threads arenas of their own, and what DuckDB frees in one is of no use to another: 110 MB under load. */
const MALLOC_ARENA_MAX = '2';
/** Of each half of V8's young generation, which planned batches would let grow to four times as much. */
const YOUNG_SPACE_MIB = 16;
const STOP_DEADLINE_MS = 7_000;
const HEALTHY_AFTER_MS = 30_000;
const RESTART_BACKOFF = { baseMs: 50, capMs: 5_000 };

export class StoreSupervisor implements StoreConnection, AsyncDisposable {
  readonly #parts: SupervisorParts;
  readonly #healthyAfterMs: number;
  #child: ChildProcess | undefined;
  #caller: Caller | undefined;
  #waiting: PromiseWithResolvers<Caller> = newWait();
  #restarts = 0;
  #startedAt = 0;
  #restartTimer: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#healthyAfterMs = parts.healthyAfterMs ?? HEALTHY_AFTER_MS;
    this.#start();
  }

  current(): Caller | undefined {
    return this.#caller;
  }

  async ready(signal: AbortSignal): Promise<Caller> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return this.#caller ?? (await Promise.race([this.#waiting.promise, aborted.promise]));
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** The process does not react: ends it at once, and a new one starts. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restartTimer);
    this.#waiting.reject(new QueryError('unavailable', 'the server is stopping'));
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    if (child.connected) child.disconnect();
    await exited;
    clearTimeout(deadline);
  }

  #start(): void {
    this.#startedAt = performance.now();
    try {
      this.#fork();
    } catch (error) {
      // No memory, no process, no file handle to be had: as if it had started and died.
      this.#restartAfter(String(error));
    }
  }

  #fork(): void {
    const child = fork(this.#parts.script, [], {
      serialization: 'advanced',
      execArgv: [...process.execArgv, `--max-semi-space-size=${YOUNG_SPACE_MIB}`],
      env: { ...process.env, UV_THREADPOOL_SIZE: THREADPOOL_SIZE, MALLOC_ARENA_MAX },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    const caller = new Caller(channelToChild(child));
    caller.onTold(TOPICS.ready, () => this.#becomeReady(caller));
    child.on('error', (error) => {
      // A process that never came to be does not exit either.
      if (child.pid === undefined) this.#died(caller, String(error));
      else child.kill('SIGKILL');
    });
    child.once('exit', (code, signal) => this.#died(caller, signal ?? `exit code ${String(code)}`));
    this.#parts.onStarted(caller);
    caller.tell(TOPICS.start, this.#parts.settings);
  }

  #becomeReady(caller: Caller): void {
    this.#caller = caller;
    this.#waiting.resolve(caller);
  }

  #died(caller: Caller, reason: string): void {
    // Who waits for a process that died before it was ready goes on waiting, for the next one.
    if (this.#caller === caller) this.#waiting = newWait();
    this.#caller = undefined;
    this.#child = undefined;
    caller.fail(new QueryError('unavailable', 'the store process ended during this call; try again'));
    this.#restartAfter(reason);
  }

  #restartAfter(reason: string): void {
    if (this.#stopping) return;
    this.#parts.onDeath(reason);
    this.#restarts = performance.now() - this.#startedAt > this.#healthyAfterMs ? 1 : this.#restarts + 1;
    this.#restartTimer = setTimeout(() => this.#start(), backoffDelayMs(this.#restarts, RESTART_BACKOFF));
  }
}

// Nobody may be waiting when the wait is ended by a stop.
function newWait(): PromiseWithResolvers<Caller> {
  const wait = Promise.withResolvers<Caller>();
  wait.promise.catch(() => undefined);
  return wait;
}
