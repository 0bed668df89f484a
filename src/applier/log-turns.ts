/**
 * The steps that take a workspace's entries from the log into its store, batch by batch.
 * Owns: the budget, the batch that is being tried, and the next one. Never: decides which step follows.
 */
import { must } from '#kit/assert.ts';
import { crashPoint } from '#kit/crash-point.ts';
import type { Checkpoint } from '#ports/store.ts';
import { StoreError } from '#ports/store.ts';
import { applyBatch, rehearseBatch } from './apply.ts';
import type { ApplyRequest } from './apply.ts';
import { initialBudget, lingerMs, nextBudget } from './budget.ts';
import type { Budget } from './budget.ts';
import { findPoison, refusing, without } from './isolate.ts';
import type { LifeEvent } from './lifecycle.ts';
import { LOG_BEGIN, logTimeAfter } from './log-time.ts';
import type { LogTime } from './log-time.ts';
import { MemoryFaults } from './memory-faults.ts';
import { prepareBatch, replanBatch } from './prepare.ts';
import type { PreparedBatch } from './prepare.ts';
import { reportApplied } from './report.ts';
import type { Surroundings } from './surroundings.ts';

export interface LogTurnsOptions extends Surroundings {
  /** Called before each read: a wake from then on leads to another one. */
  readonly beforeRead: () => void;
}

export class LogTurns {
  readonly #around: LogTurnsOptions;
  readonly #memoryFaults = new MemoryFaults();
  #budget: Budget;
  #prepared: Promise<PreparedBatch> | undefined;
  /** The batch that is being tried, or that was rejected and is to be isolated. */
  #suspect: PreparedBatch | undefined;
  #logTime: LogTime = LOG_BEGIN;
  /** By the monotonic clock: until then entries may gather. */
  #restUntil = 0;

  constructor(around: LogTurnsOptions) {
    this.#around = around;
    this.#budget = initialBudget(around.parts.limits.budget);
  }

  get logTime(): LogTime {
    return this.#logTime;
  }

  /** Milliseconds for which entries may gather before the next batch; not above 0 when it is time. */
  get restMs(): number {
    return this.#restUntil - this.#around.parts.clock.monotonic();
  }

  /** Applies the next batch. `drained`: there was none. */
  applyNext(): Promise<LifeEvent> {
    return this.#around.turns.take(async () => {
      this.#around.stopping.throwIfAborted();
      this.#suspect = undefined;
      const { store } = this.#around;
      await store.catchUp();
      const prepared = await (this.#prepared ?? this.#prepare(store.checkpoint));
      this.#prepared = undefined;
      if (prepared.entries.length === 0) {
        this.#logTime = logTimeAfter(this.#logTime, prepared);
        return 'drained';
      }
      crashPoint('applier.after-read');
      this.#suspect = prepared;
      if (prepared.isFull) this.#prepareNext(prepared.upTo);
      await this.#commit(prepared);
      return 'applied';
    });
  }

  /** Takes a turn for each rehearsal, so that a poisoned workspace does not keep the others waiting. */
  async isolate(): Promise<LifeEvent> {
    const { turns, store, workspace, parts } = this.#around;
    const { suspect, entry } = this.#suspected();
    await turns.take(() => store.catchUp());
    const poison = await findPoison(entry.objects, async (indexes) => {
      const rehearsed = await replanBatch(suspect, { exclusions: without(entry, indexes) });
      return await turns.take(() => this.#rehearse(rehearsed));
    });
    const reason = [...new Set(poison.values())].join('; ');
    const clean = await replanBatch(
      suspect,
      // A command has no object that could be to blame.
      entry.objects === 0 ? { broken: new Map([[entry, 'refused']]) } : { exclusions: refusing(entry, poison) },
    );
    await turns.take(() => this.#commit(clean));
    const { requestId } = entry;
    if (poison.size > 0) parts.events.entryQuarantined({ workspace, requestId, objects: poison.size, reason });
    return 'applied';
  }

  /** The store has no memory for an entry, so its objects wait. */
  async setAside(): Promise<LifeEvent> {
    const { turns, store, workspace, parts } = this.#around;
    const { suspect, entry } = this.#suspected();
    const { requestId, objects } = entry;
    await turns.take(() => store.catchUp());
    const broken = new Map(objects === 0 ? [[entry, 'the store has no memory for it']] : []);
    const replanned = await replanBatch(suspect, { broken });
    await turns.take(() => this.#commit(replanned, 'aside'));
    this.#memoryFaults.forget();
    parts.events.entrySetAside({ workspace, requestId, objects });
    return 'applied';
  }

  /** What a step threw, as the table knows it. */
  failed(error: unknown): LifeEvent {
    const { store, parts } = this.#around;
    store.forget();
    this.#prepared = undefined;
    const event = this.#eventOf(error);
    const size = this.#suspect?.size ?? this.#budget;
    this.#budget = nextBudget(this.#budget, { event, size, seconds: 0 }, parts.limits.budget);
    return event;
  }

  /** Waits for what still reads the log. */
  async end(): Promise<void> {
    await this.#prepared?.catch(() => undefined);
  }

  // A fault of our own is no reason to lose an object: the workspace waits, the log keeps its entries. So does a store
  // that refuses before a batch was tried: there is nothing to isolate.
  #eventOf(error: unknown): LifeEvent {
    if (!(error instanceof StoreError)) return 'unavailable';
    const suspects = this.#suspect?.entries ?? [];
    const only = suspects.length === 1 ? suspects[0]?.requestId : undefined;
    if (error.reason === 'memory') return this.#memoryFaults.again(only) ? 'memory-alone' : 'memory';
    if (error.reason !== 'rejected') return error.reason;
    if (suspects.length === 0) return 'unavailable';
    return suspects.length === 1 ? 'rejected-alone' : 'rejected';
  }

  #suspected(): { readonly suspect: PreparedBatch; readonly entry: PreparedBatch['entries'][number] } {
    const suspect = must(this.#suspect, 'an entry is suspected before it is isolated');
    return { suspect, entry: must(suspect.entries[0], 'a suspected batch holds an entry') };
  }

  /** The store's reason when it refuses the batch. */
  async #rehearse(prepared: PreparedBatch): Promise<string | undefined> {
    this.#around.stopping.throwIfAborted();
    try {
      await rehearseBatch(this.#around.store, this.#request(prepared));
      return undefined;
    } catch (error) {
      // The store has rolled back: what it holds is what it held.
      if (error instanceof StoreError && error.reason === 'rejected') return error.message;
      throw error;
    }
  }

  /** Plans the next batch while this one is applied; should this one fail, that plan is thrown away. */
  #prepareNext(after: Checkpoint): void {
    this.#prepared = this.#prepare(after);
    this.#prepared.catch(() => undefined);
  }

  #prepare(after: Checkpoint): Promise<PreparedBatch> {
    const { workspace, parts, beforeRead } = this.#around;
    beforeRead();
    return prepareBatch(parts, { workspace, after, budget: this.#budget });
  }

  #request(prepared: PreparedBatch): ApplyRequest {
    const { parts, store } = this.#around;
    const { maxColumns, multipleMatches, idempotencyWindowMs } = parts.limits;
    return {
      workspace: must(prepared.workspace, 'entries are gathered for defined workspaces only'),
      batch: prepared.planned,
      isSetAside: false,
      upTo: prepared.upTo,
      eventTables: store.eventTables,
      maxColumns,
      multipleMatches,
      idempotencyWindowMs,
      schedule: parts.schedule,
      now: parts.clock.now(),
    };
  }

  async #commit(prepared: PreparedBatch, aside?: 'aside'): Promise<void> {
    const { workspace, store, parts } = this.#around;
    const { clock, events, limits } = parts;
    const begun = clock.monotonic();
    // The moment is taken when the store is free: what the journal says of an hour is written before that hour's sums.
    const applied = await store.alone((own) =>
      applyBatch(own, { ...this.#request(prepared), isSetAside: aside !== undefined }),
    );
    this.#suspect = undefined;
    store.committed(applied.eventTables, applied.droppedTables);
    store.reached(prepared.upTo);
    if (applied.journalled !== undefined) parts.onJournal(workspace, applied.journalled);
    this.#logTime = logTimeAfter(this.#logTime, prepared);
    const ended = clock.monotonic();
    const seconds = (ended - begun) / 1000;
    const result = { event: 'applied', size: prepared.size, seconds } as const;
    this.#restUntil = prepared.isFull ? 0 : ended + lingerMs(result);
    this.#budget = nextBudget(this.#budget, result, limits.budget);
    const times = { seconds: (ended - prepared.startedAt) / 1000, commitSeconds: seconds, now: clock.now() };
    reportApplied(events, { workspace, prepared, applied, times });
    parts.tracing?.batchApplied({ workspace, entries: prepared.entries, requests: applied.requests, times });
  }
}
