/**
 * Runs the sender of persons in a process of its own, as a real sender would be. It makes all bodies before it sends the
 * first: what a sender does to have its data is no part of what is measured, on either side.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface SendRequest {
  readonly url: string;
  readonly headers: Record<string, string>;
}

export interface Persons {
  readonly first: number;
  readonly count: number;
  /** 0: all are new. Otherwise every other one is new, the others are spread over so many that exist. */
  readonly existing: number;
}

export interface Sent {
  /** When the first request went out, in milliseconds since 1970. */
  readonly begunAt: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** X-Request-Id of the body that was sent last. */
  readonly lastRequestId: string;
}

export async function sendPersons(to: SendRequest, persons: Persons): Promise<Sent> {
  const child = fork(join(import.meta.dirname, 'persons-sender.ts'));
  child.send({ to, persons });
  const exited = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the sender ended with ${code}`)));
  const [sent] = (await Promise.race([once(child, 'message'), exited])) as [Sent];
  exited.catch(() => undefined);
  child.disconnect();
  return sent;
}
