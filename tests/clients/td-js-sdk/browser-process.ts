/**
 * A browser without a window: its process, its profile, and the socket by which it is driven.
 * Owns: all three. Never: knows what a browser can be asked.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** What never comes within this time does not come. */
const WAIT_LIMIT_MS = 120_000;

/** A page of a browser, as a test uses it. */
export interface Page {
  /** The value of an expression, awaited: a string, a number or nothing. Rejects with what it throws. */
  evaluate(expression: string): Promise<unknown>;
  /** Leaves the page as its own script would, and resolves once the next one has loaded. */
  leaveFor(url: string): Promise<void>;
}

export interface Browser extends AsyncDisposable {
  /** A page that has loaded, in a tab of its own. */
  open(url: string): Promise<Page>;
}

type Members = Readonly<Record<string, unknown>>;

/** Chromium's protocol and WebDriver BiDi write their messages alike. */
export interface Message {
  readonly id?: number;
  /** Of Chromium: the tab. */
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Members;
  readonly result?: Members;
  /** An object in Chromium's protocol, the name of the error in BiDi. */
  readonly error?: unknown;
}

export interface BrowserStart {
  readonly command: string;
  readonly flags: readonly string[];
  /** A directory that is the browser's own, and goes with it. */
  readonly profile: string;
  /** Finds the socket's address in a line that the browser prints. */
  readonly address: RegExp;
  /** What follows the address. */
  readonly path: string;
}

export class BrowserProcess implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, PromiseWithResolvers<Members>>();
  readonly #listeners = new Set<(message: Message) => void>();
  #lastId = 0;

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data)) as Message));
  }

  static async start(start: BrowserStart): Promise<BrowserProcess> {
    const { command, flags, profile } = start;
    const child = spawn(command, flags, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    try {
      return new BrowserProcess(child, profile, await connected((await printedAddress(child, start)) + start.path));
    } catch (error) {
      endGroup(child);
      throw error;
    }
  }

  call(method: string, params: object, more: object = {}): Promise<Members> {
    this.#lastId += 1;
    const answered = Promise.withResolvers<Members>();
    this.#calls.set(this.#lastId, answered);
    this.#socket.send(JSON.stringify({ id: this.#lastId, method, params, ...more }));
    return answered.promise;
  }

  /** Resolves with the first event that `isMeant`. */
  event(isMeant: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve) => {
      const listener = (message: Message): void => {
        if (!isMeant(message)) return;
        this.#listeners.delete(listener);
        resolve(message);
      };
      this.#listeners.add(listener);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#socket.close();
    endGroup(this.#process);
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  #receive(message: Message): void {
    if (message.id === undefined) {
      for (const listener of this.#listeners) listener(message);
      return;
    }
    const call = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.error === undefined) call?.resolve(message.result ?? {});
    else call?.reject(new Error(JSON.stringify(message)));
  }
}

async function connected(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the browser takes no connection')));
  });
  return socket;
}

// The browser is a group of processes of its own.
function endGroup({ pid, exitCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
}

/** It is printed on stderr. Rejects when the browser ends before, or never says it. */
async function printedAddress(child: ChildProcess, { command, address }: BrowserStart): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const said: string[] = [];
  const fail = (): void => reject(new Error(`${command} did not start: ${said.join('\n')}`));
  const timer = setTimeout(fail, WAIT_LIMIT_MS);
  child.once('error', reject);
  child.once('exit', fail);
  if (child.stderr !== null) {
    createInterface(child.stderr).on('line', (line) => {
      said.push(line);
      const found = address.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  }
  return promise.finally(() => clearTimeout(timer));
}
