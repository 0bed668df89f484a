/** Runs those who follow a journal in a process of their own: streams, and the receiver of webhooks. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What all streams together have received since they were attached. */
export interface Received {
  readonly streams: number;
  readonly frames: number;
  readonly bytes: number;
  /** Batches that came to the receiver of webhooks. */
  readonly deliveries: number;
}

export class FollowersProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** Where webhooks are sent to. */
  readonly receiverUrl: string;

  private constructor(child: ChildProcess, receiverUrl: string) {
    this.#child = child;
    this.receiverUrl = receiverUrl;
  }

  static async start(): Promise<FollowersProcess> {
    const child = fork(join(import.meta.dirname, 'followers.ts'));
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new FollowersProcess(child, `http://127.0.0.1:${port}/`);
  }

  /** Resolves once all streams are open. */
  async attach(url: string, token: string, streams: number): Promise<void> {
    await this.#ask({ attach: { url, token, streams } });
  }

  /** Resolves once all streams are closed. */
  async detach(): Promise<Received> {
    return (await this.#ask({ detach: true })) as Received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  async #ask(message: object): Promise<unknown> {
    const over = new AbortController();
    const { signal } = over;
    const ended = once(this.#child, 'exit', { signal }).then(() => Promise.reject(new Error('the followers ended')));
    ended.catch(() => undefined);
    const answered = once(this.#child, 'message');
    this.#child.send(message);
    const [answer] = (await Promise.race([answered, ended])) as [{ readonly error?: string }];
    over.abort();
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}
