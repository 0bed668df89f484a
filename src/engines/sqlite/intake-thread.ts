/**
 * The log's thread as seen from outside: numbered calls, and what happens to them when it fails.
 * Owns: the Worker. Never: decides what belongs into a group.
 */
import type { Transferable } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';
import { must } from '#kit/assert.ts';
import { cannotOpen } from './sqlite-error.ts';
import { IntakeError } from '#ports/intake-log.ts';
import type { IntakeCall, IntakeCommand, IntakeReply, IntakeResult, IntakeThreadOptions } from './intake-messages.ts';

interface OpenCall {
  readonly resolve: (result: IntakeResult) => void;
  readonly reject: (error: IntakeError) => void;
}

export class IntakeThread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #calls: Map<number, OpenCall> = new Map();
  #lastCall = 0;
  #failure: string | undefined;

  /** Starts the thread; resolves when it has opened its file, rejects with the reason why it could not. */
  static async start(options: IntakeThreadOptions): Promise<IntakeThread> {
    const worker = new Worker(new URL('./intake-worker.ts', import.meta.url), { workerData: options });
    const thread = new IntakeThread(worker);
    try {
      await thread.call({ kind: 'totals' });
      return thread;
    } catch (error) {
      throw cannotOpen(options.path, error);
    }
  }

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: IntakeReply) => this.#settle(reply));
    worker.on('error', (error) => this.#fail(error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => this.#fail('the log is closed'));
  }

  /** Why the thread takes no more calls; undefined while it does. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Sends a command. Rejects with {@link IntakeError}. */
  call(command: IntakeCommand, transfer: readonly Transferable[] = []): Promise<IntakeResult> {
    if (this.#failure !== undefined) return Promise.reject(new IntakeError('failed', this.#failure));
    const call = (this.#lastCall += 1);
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.#worker.postMessage({ call, command } satisfies IntakeCall, transfer);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#failure === undefined) await this.call({ kind: 'close' });
    await this.#worker.terminate();
  }

  #settle(reply: IntakeReply): void {
    if (reply.kind === 'failed') return this.#fail(reply.message);
    const open = must(this.#calls.get(reply.call), 'a call is answered once');
    this.#calls.delete(reply.call);
    if (reply.kind === 'done') open.resolve(reply.result);
    else open.reject(new IntakeError('full', `The intake log took nothing: ${reply.message}`));
  }

  // Law 9: the first failure is final. It is kept so that later calls are told the cause and not an echo of it.
  #fail(message: string): void {
    this.#failure ??= message;
    for (const open of this.#calls.values()) open.reject(new IntakeError('failed', this.#failure));
    this.#calls.clear();
  }
}
