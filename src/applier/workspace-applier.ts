/**
 * The loop of one workspace: a thin shell of I/O around the table in lifecycle.ts.
 * Owns: the state, and who waits for the checkpoint. Never: decides what follows an event.
 */
import type { FailureRef } from '#model/fates.ts';
import type { JournalNote } from '#model/journal.ts';
import type { Lane, MunchkinId, Position } from '#model/words.ts';
import type { RehearsedObject, WorkspaceStatus } from '#ports/applying.ts';
import { StoreError } from '#ports/store.ts';
import { DecidedWaiters } from './decided-waiters.ts';
import { KnownStore } from './known-store.ts';
import { nextState } from './lifecycle.ts';
import type { LifeEvent, LifeState } from './lifecycle.ts';
import { appliedUntil } from './log-time.ts';
import { LogTurns } from './log-turns.ts';
import { writeNote } from './note.ts';
import type { ApplierParts } from './parts.ts';
import { Pauses } from './pauses.ts';
import { rehearseReplay } from './rehearse-replay.ts';
import { RetryTurns } from './retry-turns.ts';
import type { Surroundings } from './surroundings.ts';
import type { Turns } from './turns.ts';

/** The clock may be set while nothing happens; a retry is late for that by no more than this. */
const MAX_NAP_MS = 30_000;

export class WorkspaceApplier {
  readonly #around: Surroundings;
  readonly #waiters = new DecidedWaiters();
  readonly #log: LogTurns;
  readonly #retries: RetryTurns;
  readonly #pauses: Pauses;
  readonly #running: Promise<void>;
  readonly #stopping = new AbortController();
  #state: LifeState = 'applying';
  #woken = Promise.withResolvers<void>();
  #hurry: AbortController | undefined;
  /** The last read of the log found nothing. */
  #isDrained = false;

  constructor(workspace: MunchkinId, parts: ApplierParts, turns: Turns) {
    const store = new KnownStore({
      workspace,
      store: parts.store,
      onCheckpoint: (checkpoint) => {
        this.#waiters.reached(checkpoint);
        parts.onCheckpoint(workspace, checkpoint);
      },
    });
    this.#around = { workspace, parts, turns, store, stopping: this.#stopping.signal };
    const beforeRead = (): void => {
      this.#woken = Promise.withResolvers();
    };
    this.#log = new LogTurns({ ...this.#around, beforeRead });
    this.#retries = new RetryTurns(this.#around);
    this.#pauses = new Pauses(this.#around);
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

  /** Between the batches of the loop. Rejects with {@link StoreError}, and when the signal aborts. */
  rehearseReplay(refs: readonly FailureRef[], signal: AbortSignal): Promise<readonly RehearsedObject[]> {
    return rehearseReplay(this.#around, refs, signal);
  }

  /** Between the batches of the loop. Rejects with {@link StoreError}. */
  note(note: JournalNote): Promise<void> {
    return writeNote(this.#around, note);
  }

  status(): WorkspaceStatus {
    const status = { workspace: this.#around.workspace, checkpoint: this.#around.store.checkpoint };
    const { reason } = this.#pauses;
    if (reason !== undefined) return { ...status, state: 'paused', reason };
    return { ...status, state: this.#state === 'waiting' ? 'idle' : 'applying' };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#woken.resolve();
    await this.#running;
    // A rehearsal or a note may be under way.
    await this.#around.store.alone(async () => undefined);
    this.#waiters.end(new Error('the applier has stopped'));
  }

  async #run(): Promise<void> {
    while (this.#state !== 'stopped') {
      const event = await this.#act(this.#state);
      this.#state = nextState(this.#state, this.#stopping.signal.aborted ? 'stop' : event);
    }
    await this.#log.end();
  }

  async #act(state: Exclude<LifeState, 'stopped'>): Promise<LifeEvent> {
    switch (state) {
      case 'waiting':
        await this.#nap();
        return 'woken';
      case 'pausing':
        await this.#pauses.wait();
        return 'due';
      case 'applying':
        await this.#linger();
        return this.#attempt(this.#log, () => this.#applyNext());
      case 'retrying':
        return this.#attempt(this.#retries, () => this.#retryNext());
      case 'isolating':
        return this.#attempt(this.#log, () => this.#log.isolate());
      case 'setting-aside':
        return this.#attempt(this.#log, () => this.#log.setAside());
    }
  }

  // Until somebody wakes it, or a waiting object falls due: the log is read before that is tried.
  async #nap(): Promise<void> {
    this.#retries.endRest();
    const { dueInMs } = this.#retries;
    if (dueInMs === undefined) return this.#woken.promise;
    const over = new AbortController();
    const napMs = Math.min(Math.max(0, dueInMs), MAX_NAP_MS);
    const rested = this.#around.parts.clock.sleep(napMs, over.signal).catch(() => undefined);
    await Promise.race([this.#woken.promise, rested]);
    over.abort();
  }

  // Nobody who waits for a decision is kept waiting for a larger batch.
  async #linger(): Promise<void> {
    const { restMs } = this.#log;
    if (restMs <= 0 || this.#waiters.anyone()) return;
    this.#hurry = new AbortController();
    const signal = AbortSignal.any([this.#hurry.signal, this.#stopping.signal]);
    await this.#around.parts.clock.sleep(restMs, signal).catch(() => undefined);
  }

  async #applyNext(): Promise<LifeEvent> {
    // What makes the batch fail leaves the rest of the log unread: nobody may rest on what an earlier read has found.
    this.#isDrained = false;
    const event = await this.#log.applyNext();
    this.#isDrained = event === 'drained';
    return event;
  }

  async #retryNext(): Promise<LifeEvent> {
    const event = await this.#retries.retryNext(appliedUntil(this.#log.logTime));
    return event === 'nothing-due' && this.#isDrained ? 'drained' : event;
  }

  /** Turns what a step threw into the event that the table knows. */
  async #attempt(turns: { failed(error: unknown): LifeEvent }, step: () => Promise<LifeEvent>): Promise<LifeEvent> {
    try {
      const event = await step();
      this.#pauses.end();
      return event;
    } catch (error) {
      return this.#stopping.signal.aborted ? 'stop' : this.#failed(error, turns.failed(error));
    }
  }

  #failed(error: unknown, event: LifeEvent): LifeEvent {
    const { events } = this.#around.parts;
    if (!(error instanceof StoreError)) events.internalFault(error, { where: 'applier.apply' });
    if (nextState(this.#state, event) === 'pausing') this.#pauses.begin(error);
    return event;
  }
}
