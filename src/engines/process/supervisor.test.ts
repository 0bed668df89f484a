import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Lane, MunchkinId, Position } from '#model/words.ts';
import { QueryError } from '#ports/store-reader.ts';
import { StoreClient } from './store-client.ts';
import { StoreSupervisor } from './supervisor.ts';

const SCRIPT = join(import.meta.dirname, 'supervisor.fixture.ts');
const DEADLINE_MS = 20_000;
const deadline = (): AbortSignal => AbortSignal.timeout(DEADLINE_MS);
const WORKSPACE = '123-ABC-456' as MunchkinId;

interface Supervised {
  readonly supervisor: StoreSupervisor;
  readonly deaths: string[];
  readonly woken: unknown[];
}

function supervise(options: { script?: string; healthyAfterMs?: number } = {}): Supervised {
  const deaths: string[] = [];
  const woken: unknown[] = [];
  const supervisor = new StoreSupervisor({
    script: SCRIPT,
    settings: {},
    onStarted: (caller) => caller.onTold('woken', (value) => woken.push(value)),
    onDeath: (reason) => deaths.push(reason),
    ...options,
  });
  return { supervisor, deaths, woken };
}

async function until(condition: () => boolean): Promise<void> {
  const signal = deadline();
  while (!condition()) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a process that dies fails its open calls, and another takes its place', async () => {
  const { supervisor, deaths } = supervise();
  await using _ = supervisor;
  const first = await supervisor.ready(deadline());
  const pid = await first.call('pid', []);
  const hanging = first.call('hang', []);
  const dying = first.call('die', []);
  for (const call of [hanging, dying]) await assert.rejects(call, unavailable);
  const second = await supervisor.ready(deadline());
  assert.notEqual(await second.call('pid', []), pid);
  assert.deepEqual(deaths, ['exit code 3']);
  await assert.rejects(first.call('pid', []), unavailable);
});

test('a process that was healthy before it died is restarted as after a first death', async () => {
  const { supervisor, deaths } = supervise({ healthyAfterMs: 0 });
  await using _ = supervisor;
  for (let i = 1; i <= 3; i += 1) {
    const caller = await supervisor.ready(deadline());
    await assert.rejects(caller.call('die', []), unavailable);
    await until(() => deaths.length === i);
  }
  await supervisor.ready(deadline());
});

test('a process that cannot run is tried again and again, until it is disposed of', async () => {
  const { supervisor, deaths } = supervise({ script: join(import.meta.dirname, 'no-such-script.ts') });
  await until(() => deaths.length >= 2);
  const waiting = supervisor.ready(deadline());
  const rejected = assert.rejects(waiting, unavailable);
  await supervisor[Symbol.asyncDispose]();
  await rejected;
});

test('disposing ends the process, and nothing restarts it', async () => {
  const { supervisor, deaths } = supervise();
  const caller = await supervisor.ready(deadline());
  const pid = (await caller.call('pid', [])) as number;
  await supervisor[Symbol.asyncDispose]();
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  assert.deepEqual(deaths, []);
});

test('an aborted wait for a process rejects with its reason', async () => {
  const { supervisor } = supervise();
  await using _ = supervisor;
  await assert.rejects(supervisor.ready(AbortSignal.abort(new Error('enough'))), /enough/);
});

test('wakes while the process is down or starting are passed on once it is ready', async () => {
  const { supervisor, woken } = supervise();
  await using _ = supervisor;
  const client = new StoreClient(supervisor);
  const names = Array.from({ length: 50 }, (_, i) => `100-AAA-${100 + i}` as MunchkinId);
  for (const name of names) client.wake(name);
  await until(() => woken.length === names.length);
  assert.deepEqual(woken, names);
  const caller = await supervisor.ready(deadline());
  await assert.rejects(caller.call('die', []), unavailable);
  client.wake(WORKSPACE);
  await until(() => woken.includes(WORKSPACE));
});

test('a wait for a decision ends with its signal even when the process hangs', async () => {
  const { supervisor } = supervise();
  await using _ = supervisor;
  const caller = await supervisor.ready(deadline());
  const hanging = { ...connectionTo(supervisor), ready: async () => hangingCaller(caller) };
  const controller = new AbortController();
  const waiting = new StoreClient(hanging).decided(WORKSPACE, 'normal' as Lane, 1 as Position, controller.signal);
  setImmediate(() => controller.abort(new Error('enough')));
  await assert.rejects(waiting, /enough/);
});

function connectionTo(supervisor: StoreSupervisor): { current(): undefined; kill(): void } {
  return { current: () => undefined, kill: () => supervisor.kill() };
}

type Calling = Awaited<ReturnType<StoreSupervisor['ready']>>;

/** Calls that nobody answers, whatever their name. */
function hangingCaller(caller: Calling): Calling {
  return Object.assign(Object.create(caller) as Calling, { call: () => caller.call('hang', []) });
}

function unavailable(error: unknown): boolean {
  return error instanceof QueryError && error.reason === 'unavailable';
}
