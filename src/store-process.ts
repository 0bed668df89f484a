/**
 * The store process: the store role behind a channel to the gateway process, which starts it and restarts it.
 * Owns: its own end: it leaves when the gateway goes, and at once when it can do no good. Never: decides anything.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { channelToParent } from '#engines/process/channel.ts';
import type { Channel } from '#engines/process/rpc.ts';
import { serveStore, TOPICS } from '#engines/process/store-server.ts';
import type { JournalGrowth, Progress } from '#engines/process/store-server.ts';
import { composeStoreRole } from './compose-store.ts';
import type { StoreRole, StoreSettings } from './compose-store.ts';

const STOP_DEADLINE_MS = 6_000;

/** Below the gateway's: when the processor is short, requests are accepted first and applied afterwards. */
const NICENESS = 19;

yieldToGateway();
offerToOutOfMemoryKiller();

const channel = channelToParent();
const role = Promise.withResolvers<StoreRole>();

channel.onMessage((message) => {
  if ('tell' in message && message.tell === TOPICS.start) {
    role.resolve(start(channel, message.value as StoreSettings));
  }
});
// Ctrl-C, and the stop of a service manager, reach both processes; the gateway decides when this one ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => void stop());

async function start(toGateway: Channel, settings: StoreSettings): Promise<StoreRole> {
  const started = await composeStoreRole(settings, {
    onCheckpoint: (workspace, checkpoint) => {
      const progress: Progress = { workspace, checkpoint };
      toGateway.send({ tell: TOPICS.progress, value: progress });
    },
    onJournal: (workspace, last) => {
      const growth: JournalGrowth = { workspace, last };
      toGateway.send({ tell: TOPICS.journal, value: growth });
    },
    onStuck: end,
  });
  serveStore(toGateway, started.reader, started.applying);
  toGateway.send({ tell: TOPICS.ready, value: undefined });
  return started;
}

async function stop(): Promise<void> {
  setTimeout(end, STOP_DEADLINE_MS).unref();
  await (await role.promise)[Symbol.asyncDispose]();
  end();
}

// An ordinary exit waits for libuv's threads: one that is lost inside the engine would hold this process, and with it
// the stores' files, for ever. Nobody reads the exit code, and the stores are closed or safe (law 3).
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

// On Linux each thread has a niceness of its own, and inherits that of the one which starts it: node has started some.
function yieldToGateway(): void {
  for (const thread of threads()) setPriority(thread, NICENESS);
}

function threads(): readonly number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return [process.pid];
  }
}

// When the machine runs out of memory the kernel should end this process, which restarts, and not the gateway.
function offerToOutOfMemoryKiller(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch {
    // Not Linux, or not allowed: the kernel chooses by size, which is most often this process.
  }
}
