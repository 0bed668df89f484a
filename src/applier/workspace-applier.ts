/**
 * The loop of one workspace: a thin shell of I/O around the table in lifecycle.ts.
 * Owns: the workspace's checkpoint as last committed, and who waits for it. Never: decides what follows an event.
 */
import { must } from '#kit/assert.ts';
import { backoffDelayMs } from '#kit/backoff.ts';
import { crashPoint } from '#kit/crash-point.ts';
import type { EventTable } from '#model/event-table.ts';
import { LOG_START } from '#model/words.ts';
import type { Lane, MunchkinId, Position } from '#model/words.ts';
import type { WorkspaceStatus } from '#ports/applying.ts';
import { StoreError } from '#ports/store.ts';
import type { Checkpoint } from '#ports/store.ts';
import type { ApplierParts } from './parts.ts';
import type { Turns } from './turns.ts';
import { applyBatch, rehearseBatch } from './apply.ts';
import type { ApplyRequest } from './apply.ts';
import { initialBudget, lingerMs, nextBudget } from './budget.ts';
import type { Budget } from './budget.ts';
import { DecidedWaiters } from './decided-waiters.ts';
import { findPoison, refusing, without } from './isolate.ts';
import { nextState } from './lifecycle.ts';
import type { LifeEvent, LifeState } from './lifecycle.ts';
import { prepareBatch, replanBatch } from './prepare.ts';
import type { PreparedBatch } from './prepare.ts';
import { reportApplied } from './report.ts';

const PAUSE = { baseMs: 50, capMs: 10_000 };

export class WorkspaceApplier {
  readonly #workspace: MunchkinId;
  readonly #parts: ApplierParts;
  readonly #turns: Turns;
  readonly #waiters = new DecidedWaiters();
  readonly #running: Promise<void>;
  readonly #stopping = new AbortController();
  #state: LifeState = 'applying';
  #budget: Budget;
  #checkpoint: Checkpoint = { high: LOG_START, normal: LOG_START, events: LOG_START };
  #eventTables: Map<string, EventTable> | undefined;
  #prepared: Promise<PreparedBatch> | undefined;
  /** The batch that is being tried, or that was rejected and is to be isolated. */
  #suspect: PreparedBatch | undefined;
  #woken = Promise.withResolvers<void>();
  /** By the monotonic clock: until then entries may gather. */
  #restUntil = 0;
  #hurry: AbortController | undefined;
  #failures = 0;
  #reason: string | undefined;

  constructor(workspace: MunchkinId, parts: ApplierParts, turns: Turns) {
    this.#workspace = workspace;
    this.#parts = parts;
    this.#turns = turns;
    this.#budget = initialBudget(parts.limits.budget);
    this.#running = this.#run();
  }

  wake(): void {
    this.#woken.resolve();
  }

  /** Wakes too: who waits for an entry knows that it is there. */
  decided(lane: Lane, position: Position, signal: AbortSignal): Promise<void> {
    this.#hurry?.abort();
    this.wake();
    return this.#waiters.wait({ lane, position, signal });
  }

  status(): WorkspaceStatus {
    const status = { workspace: this.#workspace, checkpoint: this.#checkpoint };
    if (this.#reason !== undefined) return { ...status, state: 'paused', reason: this.#reason };
    return { ...status, state: this.#state === 'waiting' ? 'idle' : 'applying' };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#woken.resolve();
    await this.#running;
    this.#waiters.end(new Error('the applier has stopped'));
  }

  async #run(): Promise<void> {
    while (this.#state !== 'stopped') {
      const event = await this.#act(this.#state);
      this.#state = nextState(this.#state, this.#stopping.signal.aborted ? 'stop' : event);
    }
    await this.#prepared?.catch(() => undefined);
  }

  async #act(state: Exclude<LifeState, 'stopped'>): Promise<LifeEvent> {
    switch (state) {
      case 'waiting':
        await this.#woken.promise;
        return 'woken';
      case 'pausing':
        await this.#pause();
        return 'due';
      case 'applying':
        await this.#linger();
        return this.#attempt(() => this.#turns.take(() => this.#applyNext()));
      case 'isolating':
        return this.#attempt(() => this.#isolate());
    }
  }

  async #pause(): Promise<void> {
    const { clock, events } = this.#parts;
    const delayMs = backoffDelayMs(this.#failures, PAUSE);
    const reason = must(this.#reason, 'a pause has a reason');
    events.batchRetried({ workspace: this.#workspace, reason, attempt: this.#failures, delayMs });
    await clock.sleep(delayMs, this.#stopping.signal).catch(() => undefined);
  }

  // Nobody who waits for a decision is kept waiting for a larger batch.
  async #linger(): Promise<void> {
    const restMs = this.#restUntil - this.#parts.clock.monotonic();
    if (restMs <= 0 || this.#waiters.anyone()) return;
    this.#hurry = new AbortController();
    const signal = AbortSignal.any([this.#hurry.signal, this.#stopping.signal]);
    await this.#parts.clock.sleep(restMs, signal).catch(() => undefined);
  }

  /** Turns what a step threw into the event that the table knows. */
  async #attempt(step: () => Promise<LifeEvent>): Promise<LifeEvent> {
    try {
      const event = await step();
      this.#recovered();
      return event;
    } catch (error) {
      return this.#stopping.signal.aborted ? 'stop' : this.#failed(error);
    }
  }

  async #applyNext(): Promise<LifeEvent> {
    this.#stopping.signal.throwIfAborted();
    this.#suspect = undefined;
    await this.#catchUp();
    const prepared = await (this.#prepared ?? this.#prepare(this.#checkpoint));
    this.#prepared = undefined;
    if (prepared.entries.length === 0) return 'drained';
    crashPoint('applier.after-read');
    this.#suspect = prepared;
    if (prepared.isFull) this.#prepareNext(prepared.upTo);
    await this.#commit(prepared);
    return 'applied';
  }

  /** Plans the next batch while this one is applied; should this one fail, that plan is thrown away. */
  #prepareNext(after: Checkpoint): void {
    this.#prepared = this.#prepare(after);
    this.#prepared.catch(() => undefined);
  }

  /** Takes a turn for each rehearsal, so that a poisoned workspace does not keep the others waiting. */
  async #isolate(): Promise<LifeEvent> {
    const suspect = must(this.#suspect, 'an entry is suspected before it is isolated');
    const entry = must(suspect.entries[0], 'a suspected batch holds an entry');
    await this.#turns.take(() => this.#catchUp());
    const poison = await findPoison(entry.objects, async (indexes) => {
      const rehearsed = await replanBatch(suspect, without(entry, indexes));
      return await this.#turns.take(() => this.#rehearse(rehearsed));
    });
    const clean = await replanBatch(suspect, refusing(entry, poison));
    await this.#turns.take(() => this.#commit(clean));
    const { requestId } = entry;
    const reason = [...new Set(poison.values())].join('; ');
    this.#parts.events.entryQuarantined({ workspace: this.#workspace, requestId, objects: poison.size, reason });
    return 'applied';
  }

  /** The store's reason when it refuses the batch. */
  async #rehearse(prepared: PreparedBatch): Promise<string | undefined> {
    this.#stopping.signal.throwIfAborted();
    try {
      await rehearseBatch(this.#parts.store, this.#request(prepared));
      return undefined;
    } catch (error) {
      // The store has rolled back: what it holds is what it held.
      if (error instanceof StoreError && error.reason === 'rejected') return error.message;
      throw error;
    }
  }

  #prepare(after: Checkpoint): Promise<PreparedBatch> {
    // Re-armed before the read: a wake during it leads to another read.
    this.#woken = Promise.withResolvers();
    return prepareBatch(this.#parts, { workspace: this.#workspace, after, budget: this.#budget });
  }

  /** What the store knows is the truth: after the start, and after whatever failed, it is read again. */
  async #catchUp(): Promise<void> {
    if (this.#eventTables !== undefined) return;
    const { store } = this.#parts;
    const checkpoint = await store.checkpoint(this.#workspace);
    this.#eventTables = new Map(await store.eventTables(this.#workspace));
    this.#reached(checkpoint);
  }

  #request(prepared: PreparedBatch): ApplyRequest {
    return {
      workspace: must(prepared.workspace, 'entries are gathered for defined workspaces only'),
      batch: prepared.planned,
      upTo: prepared.upTo,
      eventTables: must(this.#eventTables, 'event tables are read before a batch'),
      maxColumns: this.#parts.limits.maxColumns,
      multipleMatches: this.#parts.limits.multipleMatches,
      now: this.#parts.clock.now(),
    };
  }

  async #commit(prepared: PreparedBatch): Promise<void> {
    const { clock, events, limits } = this.#parts;
    const begun = clock.monotonic();
    const applied = await applyBatch(this.#parts.store, this.#request(prepared));
    this.#suspect = undefined;
    this.#reached(prepared.upTo);
    for (const table of applied.eventTables) this.#eventTables?.set(`${table.database}.${table.table}`, table);
    const ended = clock.monotonic();
    const seconds = (ended - begun) / 1000;
    const result = { event: 'applied', size: prepared.size, seconds } as const;
    this.#restUntil = prepared.isFull ? 0 : ended + lingerMs(result);
    this.#budget = nextBudget(this.#budget, result, limits.budget);
    const times = { seconds: (ended - prepared.startedAt) / 1000, commitSeconds: seconds, now: clock.now() };
    reportApplied(events, { workspace: this.#workspace, prepared, applied, times });
  }

  #reached(checkpoint: Checkpoint): void {
    this.#checkpoint = checkpoint;
    this.#waiters.reached(checkpoint);
    this.#parts.onCheckpoint(this.#workspace, checkpoint);
  }

  #recovered(): void {
    this.#failures = 0;
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    this.#parts.events.workspaceResumed(this.#workspace);
  }

  #failed(error: unknown): LifeEvent {
    const { events, limits } = this.#parts;
    this.#eventTables = undefined;
    this.#prepared = undefined;
    const event = eventOf(error, this.#suspect);
    const size = this.#suspect?.size ?? this.#budget;
    this.#budget = nextBudget(this.#budget, { event, size, seconds: 0 }, limits.budget);
    if (!(error instanceof StoreError)) events.internalFault(error, { where: 'applier.apply' });
    if (nextState(this.#state, event) === 'pausing') this.#pausedBy(error);
    return event;
  }

  #pausedBy(error: unknown): void {
    this.#failures += 1;
    if (this.#reason !== undefined) return;
    this.#reason = error instanceof StoreError ? error.message : 'an internal fault; see the log';
    this.#parts.events.workspacePaused({ workspace: this.#workspace, reason: this.#reason });
  }
}

// A fault of our own is no reason to lose an object: the workspace waits, the log keeps its entries. So does a store
// that refuses before a batch was tried: there is nothing to isolate.
function eventOf(error: unknown, suspect: PreparedBatch | undefined): LifeEvent {
  if (!(error instanceof StoreError)) return 'unavailable';
  if (error.reason !== 'rejected') return error.reason;
  if (suspect === undefined) return 'unavailable';
  return suspect.entries.length === 1 ? 'rejected-alone' : 'rejected';
}
