/** Retention over an applier and engines in memory, with a clock that a test moves by days. */
import { openApplierWorld, WORKSPACE } from '../../tests/support/applier-world.ts';
import type { ApplierWorld, SentEntry } from '../../tests/support/applier-world.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { Retention } from './retention.ts';
import type { RetentionParts } from './retention-parts.ts';
import { LANES } from '#model/words.ts';
import type { MunchkinId, Position, RequestId } from '#model/words.ts';
import type { Submission, Submitting } from '#ports/submitting.ts';
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';

export const DAY = 86_400_000;
const END = Number.MAX_SAFE_INTEGER as Position;
const LIMITS = { ageMs: 7 * DAY, maxBytes: 1e9 };
export const OTHER = '222-BBB-222' as MunchkinId;

const EVENTS = {
  lane: 'events',
  envelope: { kind: 'event', clientId: 'k', database: 'db', table: 'tbl', format: 'json' },
} as const;

export function eventsOf(count: number, workspace: MunchkinId = WORKSPACE): SentEntry {
  return {
    ...EVENTS,
    workspace,
    body: JSON.stringify(Array.from({ length: count }, (_, n) => ({ n }))),
    objects: count,
  };
}

export interface Scene extends AsyncDisposable {
  readonly world: ApplierWorld;
  readonly clock: TestClock;
  readonly retention: Retention;
  readonly submitted: Submission[];
  /** Rises with each question that a store is asked. */
  readonly asked: { stores: number };
  /** A round, and what it has asked for done. */
  round(): Promise<void>;
  keptBytes(workspace?: MunchkinId): Promise<number>;
}

export async function openScene(change: Partial<RetentionParts> = {}): Promise<Scene> {
  const clock = new TestClock();
  const world = await openApplierWorld({ clock, workspaces: [OTHER] });
  const submitted: Submission[] = [];
  const submitting: Submitting = {
    submit: async (submission) => {
      submitted.push(submission);
      const requestId = randomUUIDv7() as RequestId;
      const position = await world.log.writer.append({ ...submission, requestId, acceptedAt: clock.now() });
      world.applier.wake(submission.workspace);
      return { requestId, position };
    },
  };
  const asked = { stores: 0 };
  const stores = world.store.reader();
  const counted = <Args extends unknown[], Result>(ask: (...args: Args) => Result): ((...args: Args) => Result) => {
    return (...args) => ((asked.stores += 1), ask(...args));
  };
  const retention = new Retention({
    writer: world.log.writer,
    intake: world.log.reader,
    reader: {
      checkpoint: counted((workspace) => stores.checkpoint(workspace)),
      journal: counted((workspace, page) => stores.journal(workspace, page)),
      requests: counted((workspace, filter) => stores.requests(workspace, filter)),
      totals: counted((workspace) => stores.totals(workspace)),
    },
    submitting,
    clock,
    events: {
      logCut: () => undefined,
      retainSubmitted: () => undefined,
      retentionDone: () => undefined,
      internalFault: (error) => assert.fail(String(error)),
    },
    limits: LIMITS,
    ...change,
  });
  return {
    world,
    clock,
    retention,
    submitted,
    asked,
    async round() {
      await retention.round();
      if (submitted.length > 0) await carriedOut(world);
    },
    async keptBytes(workspace = WORKSPACE) {
      let bytes = 0;
      for (const lane of LANES) bytes += await world.log.reader.keptBytes(workspace, lane, END);
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      await retention[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** Resolves once the commands in the lane `high` have been carried out. */
async function carriedOut({ applier, log, store }: ApplierWorld): Promise<void> {
  const limit = { entries: 1e6, objects: 1e6, bytes: 1e9 };
  for (const { workspace } of await log.writer.totals()) {
    const { high } = await store.reader().checkpoint(workspace);
    const last = (await log.reader.read(workspace, 'high', high, limit)).at(-1);
    if (last) await applier.decided(workspace, 'high', last.position, AbortSignal.timeout(20_000));
  }
}
