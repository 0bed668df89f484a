/** `inlet tail` on a real server: each result once, in order, across a restart; and it ends when it is told to. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const DEADLINE_MS = 60_000;

interface Results {
  readonly position: string;
  readonly event: {
    readonly data: {
      readonly requests: readonly { readonly requestId: string; readonly records: { readonly received: number } }[];
    };
  };
}

class Tail {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  #stdout = '';
  stderr = '';

  constructor(directory: string, ...flags: readonly string[]) {
    const words = [MAIN, 'tail', '--data', directory, '--type', 'results', '--json', ...flags];
    this.child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  /** Ids of the requests of which something was decided, in order. */
  get requests(): readonly string[] {
    const lines = this.#stdout.split('\n').slice(0, -1);
    const requests = lines.flatMap((line) => (JSON.parse(line) as Results).event.data.requests);
    return requests.map(({ requestId }) => requestId);
  }

  async has(requestId: string): Promise<void> {
    for (const deadline = Date.now() + DEADLINE_MS; !this.requests.includes(requestId);) {
      assert.ok(Date.now() < deadline, `still without ${requestId}: ${this.#stdout} ${this.stderr}`);
      assert.equal(this.child.exitCode, null, this.stderr);
      await sleep(50);
    }
  }

  /** Resolves with the exit code. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}

suite('inlet tail', () => {
  test('shows what was, and what comes, each once, also after the server was away', async () => {
    await using server = await startServer('--log-level', 'warn');
    const port = new URL(server.url).port;
    const workspace = new Workspace(server);
    const sent: string[] = [];
    const send = async (): Promise<string> => {
      const persons = [{ email: `p${sent.length}@tail.example` }];
      const requestId = await workspace.accept('persons', { persons });
      await workspace.decided(requestId);
      sent.push(requestId);
      return requestId;
    };
    await send();
    await send();
    const tail = new Tail(server.directory, '--since', 'oldest');
    try {
      await tail.has(sent[1] ?? '');
      await tail.has(await send());
      await server.stop();
      await server.start('--port', port, '--log-level', 'warn');
      await send();
      await tail.has(await send());
      assert.deepEqual(tail.requests, sent);
      tail.child.kill('SIGINT');
      assert.equal(await tail.ended(), 0, tail.stderr);
      assert.match(tail.stderr, /The connection has ended; it is made again/u);
    } finally {
      tail.child.kill('SIGKILL');
    }
  });

  test('ends with 0 when nobody reads its output any more', async () => {
    await using server = await startServer('--log-level', 'warn');
    const workspace = new Workspace(server);
    const tail = new Tail(server.directory);
    try {
      tail.child.stdout.destroy();
      for (let n = 0; tail.child.exitCode === null; n += 1) {
        await workspace.decided(await workspace.accept('persons', { persons: [{ email: `p${n}@tail.example` }] }));
      }
      assert.equal(await tail.ended(), 0, tail.stderr);
    } finally {
      tail.child.kill('SIGKILL');
    }
  });
});
