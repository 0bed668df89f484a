import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { readCredentials, readServerFile } from './data-directory-files.ts';
import type { RunningServer } from './serve.ts';
import { makeTestDirectory, runWords } from './testing.ts';
import type { CliRun } from './testing.ts';
import type { Config } from '#config/options.ts';
import type { Secrets } from '#config/secrets.ts';

const CREDENTIALS = {
  url: 'http://127.0.0.1:4711',
  munchkinId: '123-ABC-456',
  clientId: 'c',
  clientSecret: 'CLIENT_SECRET',
  writeKey: '1/WRITE_KEY',
  adminToken: 'ADMIN_TOKEN',
};

interface Serving {
  readonly signals: EventEmitter;
  /** Resolves with what the server was started with. */
  readonly started: Promise<{ config: Config; secrets: Secrets }>;
  readonly ended: Promise<CliRun>;
}

interface ServerBehaviour extends Partial<RunningServer> {
  readonly words?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly closeDeadlineMs?: number;
}

function startServing(directory: string, behaviour: ServerBehaviour = {}): Serving {
  const { words = [], environment = {}, closeDeadlineMs = 60_000, ...server } = behaviour;
  const signals = new EventEmitter();
  const started = Promise.withResolvers<{ config: Config; secrets: Secrets }>();
  const ended = runWords(['serve', '--data', directory, ...words], {
    environment,
    signals,
    closeDeadlineMs,
    startServer: async (config, secrets, keep) => {
      if (server.credentials !== undefined) await keep(server.credentials);
      setImmediate(() => started.resolve({ config, secrets }));
      return { url: CREDENTIALS.url, failed: new Promise(() => {}), close: async () => {}, ...server };
    },
  });
  return { signals, started: started.promise, ended };
}

describe('inlet serve', () => {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    it(`closes on ${signal} and ends with 0`, async () => {
      await using directory = await makeTestDirectory();
      let closed = 0;
      const serving = startServing(directory.path, { close: async () => void (closed += 1) });
      await serving.started;
      assert.equal(closed, 0);
      serving.signals.emit(signal);
      const run = await serving.ended;
      assert.deepEqual([run.exitCode, closed, run.stderr], [0, 1, '']);
      assert.equal(serving.signals.listenerCount(signal), 0);
    });
  }

  it('keeps a signal that comes while it is still starting', async () => {
    await using directory = await makeTestDirectory();
    const serving = startServing(directory.path);
    serving.signals.emit('SIGTERM');
    await serving.started;
    serving.signals.emit('SIGINT');
    assert.equal((await serving.ended).exitCode, 0);
  });

  it('ends with 1 at once when a second signal comes', async () => {
    await using directory = await makeTestDirectory();
    const serving = startServing(directory.path, { close: () => new Promise(() => {}) });
    await serving.started;
    serving.signals.emit('SIGINT');
    serving.signals.emit('SIGINT');
    const run = await serving.ended;
    assert.deepEqual([run.exitCode, run.stderr], [1, 'inlet: a second signal came; left at once\n']);
  });

  it('ends with 1 when closing takes too long or fails', async () => {
    await using directory = await makeTestDirectory();
    const stuck = startServing(directory.path, { close: () => new Promise(() => {}), closeDeadlineMs: 5 });
    await stuck.started;
    stuck.signals.emit('SIGTERM');
    const late = await stuck.ended;
    assert.deepEqual([late.exitCode, late.stderr], [1, 'inlet: stopping took longer than 5 ms; left at once\n']);

    const broken = startServing(directory.path, { close: () => Promise.reject(new Error('disk gone')) });
    await broken.started;
    broken.signals.emit('SIGTERM');
    const failed = await broken.ended;
    assert.deepEqual([failed.exitCode, failed.stderr], [1, 'inlet: stopping failed: disk gone\n']);
  });

  it('closes and ends with 1 when the server fails, and says why', async () => {
    await using directory = await makeTestDirectory();
    let closed = 0;
    const failed = Promise.resolve(new Error('the intake log cannot be written'));
    const serving = startServing(directory.path, { failed, close: async () => void (closed += 1) });
    const run = await serving.ended;
    assert.deepEqual([run.exitCode, closed, run.stderr], [1, 1, 'inlet: the intake log cannot be written\n']);
  });

  it('says why it could not start, causes included', async () => {
    const run = await runWords(['serve'], {
      startServer: () => Promise.reject(new Error('cannot listen', { cause: new Error('address in use') })),
    });
    assert.deepEqual([run.exitCode, run.stderr], [1, 'inlet: cannot listen: address in use\n']);
  });

  it('writes the files of the first start before it greets, and no secret into a pipe (law 8)', async () => {
    await using directory = await makeTestDirectory();
    const serving = startServing(directory.path, { credentials: CREDENTIALS });
    await serving.started;
    serving.signals.emit('SIGTERM');
    const { stdout } = await serving.ended;
    assert.deepEqual(await readCredentials(directory.path), CREDENTIALS);
    assert.equal((await stat(join(directory.path, 'credentials.json'))).mode & 0o777, 0o600);
    assert.deepEqual(await readServerFile(directory.path), { url: CREDENTIALS.url, pid: process.pid });
    assert.match(stdout, /Inlet is open at http:\/\/127\.0\.0\.1:4711\n/u);
    assert.doesNotMatch(stdout, /CLIENT_SECRET|WRITE_KEY|ADMIN_TOKEN/u);
    assert.doesNotMatch(await readFile(join(directory.path, 'server.json'), 'utf8'), /ADMIN_TOKEN/u);
  });

  it('hands on what flags and environment say', async () => {
    await using directory = await makeTestDirectory();
    const words = ['--port=0', '--trust-proxy', '--create-partitions', 'false'];
    const environment = { INLET_MAX_COLUMNS: '7', INLET_ADMIN_TOKEN: 'given' };
    const serving = startServing(directory.path, { words, environment });
    const { config, secrets } = await serving.started;
    serving.signals.emit('SIGTERM');
    await serving.ended;
    const { port, trustProxy, createPartitions, maxColumns, dataDirectory } = config;
    assert.deepEqual(
      { port, trustProxy, createPartitions, maxColumns },
      { port: 0, trustProxy: true, createPartitions: false, maxColumns: 7 },
    );
    assert.equal(dataDirectory, directory.path);
    assert.deepEqual(secrets, { adminToken: 'given', workspaces: [] });
  });

  it('reports every fault of the configuration at once and starts nothing', async () => {
    let starts = 0;
    const run = await runWords(['serve', '--prot', '80', '--port', '80a', '--unheard=of', 'now'], {
      environment: { INLET_PROT: '1' },
      startServer: () => Promise.reject(new Error(String((starts += 1)))),
    });
    assert.equal(run.exitCode, 2);
    assert.equal(starts, 0);
    assert.deepEqual(run.stderr.split('\n'), [
      'inlet: the configuration is wrong, nothing was started',
      '  --prot: there is no such option; did you mean --port?',
      '  --unheard: there is no such option.',
      '  now: serve takes options only, such as --port 8080.',
      '  INLET_PROT: there is no such environment variable; did you mean INLET_PORT?',
      '  --port: is "80a", but must be a whole number from 0 to 65535.',
      '',
    ]);
  });
});
