/** What the tests of this room share: a recording terminal, a small HTTP server, a directory of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { runCli } from './program.ts';
import type { CliParts } from './program.ts';

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process; without surroundings of its own it has no environment and no server. */
export async function runWords(
  words: readonly string[],
  parts: Partial<CliParts> & { environment?: Record<string, string> } = {},
): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const exitCode = await runCli(words, {
    version: '9.8.7',
    terminal: {
      stdout: { write: (chunk) => (stdout += chunk) },
      stderr: { write: (chunk) => (stderr += chunk) },
      environment: parts.environment ?? {},
    },
    signals: { on: () => undefined, off: () => undefined },
    readStdin: async () => '',
    startServer: async () => {
      throw new Error('no server here');
    },
    ...parts,
  });
  return { exitCode, stdout, stderr };
}

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
}

export interface FakeAnswer {
  readonly status?: number;
  readonly body?: unknown;
}

/** Answers by `METHOD /path?query`, anything else with 404; records every request. */
export async function startFakeServer(answers: Readonly<Record<string, FakeAnswer>>): Promise<FakeServer> {
  const seen: SeenRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body: await text(request) });
    const route = `${method} ${url}`;
    const { status = 200, body } = answers[route] ?? { status: 404, body: { title: `no ${route}` } };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Where the calls of {@link exchange} go. */
export const W = '/v1/workspaces/123-ABC-456';

export interface Exchange extends CliRun {
  readonly seen: readonly SeenRequest[];
}

interface ExchangeOptions {
  readonly stdin?: string;
  /** False: none is named. */
  readonly workspace?: false;
}

/** Runs a command against a server that gives these answers, by `METHOD /path?query`. */
export async function exchange(
  words: readonly string[],
  answers: Readonly<Record<string, FakeAnswer>>,
  { stdin = '', workspace }: ExchangeOptions = {},
): Promise<Exchange> {
  await using server = await startFakeServer(answers);
  const named = workspace === false ? [] : ['--workspace', '123-ABC-456'];
  const flags = ['--url', server.url, '--token', 'T', ...named];
  const run = await runWords([...words, ...flags], { readStdin: async () => stdin });
  return { ...run, seen: [...server.seen] };
}

export interface TestDirectory extends AsyncDisposable {
  readonly path: string;
}

/** A directory, with a name that a shell must quote, that is gone after the test. */
export async function makeTestDirectory(): Promise<TestDirectory> {
  const path = await mkdtemp(join(tmpdir(), "inlet cli's "));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
