/**
 * The gateway's picture of the store process: the ports `StoreReader` and `Applying`, spoken over the channel.
 * Owns: how long a call outlives a restart of the store process. Never: starts the process (see supervisor.ts).
 */
import { abortable } from '#kit/abortable.ts';
import type {
  FailureRecord,
  FailureRef,
  ObjectFate,
  ObjectResult,
  RequestRecord,
  WorkspaceTotals,
} from '#model/fates.ts';
import type { EventTable } from '#model/event-table.ts';
import type { JournalNote } from '#model/journal.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { Lane, MunchkinId, Position, RequestId } from '#model/words.ts';
import type { ApplierStatus, Applying, RehearsedObject } from '#ports/applying.ts';
import type { Checkpoint } from '#ports/store.ts';
import type {
  EventPage,
  EventPageRequest,
  FailureFilter,
  FateFilter,
  JournalPage,
  JournalPageRequest,
  ObjectPage,
  ObjectPageRequest,
  RequestFilter,
  SqlAnswer,
  SqlQuery,
  StoreReader,
  WaitingFilter,
} from '#ports/store-reader.ts';
import { QueryError } from '#ports/store-reader.ts';
import type { Caller } from './rpc.ts';
import { TOPICS } from './store-server.ts';

/** Gives the caller of the running store process; rejects with QueryError `unavailable` when none runs. */
export interface StoreConnection {
  /** Undefined while the process is down. */
  current(): Caller | undefined;
  /** Resolves when a process is ready; rejects when the signal aborts. */
  ready(signal: AbortSignal): Promise<Caller>;
  /** Ends a process that does not react; another takes its place. */
  kill(): void;
}

/** What a query may take beyond its own limit, before the process itself counts as stuck. */
const STUCK_AFTER_MS = 20_000;

/** How long a call waits for a process that starts: what comes right after the server opened need not be told so. */
const START_PATIENCE_MS = 5_000;

/** How long a reading that has no limit of its own waits for its answer (law 6). */
const ANSWER_PATIENCE_MS = 30_000;

export class StoreClient implements StoreReader, Applying {
  readonly #connection: StoreConnection;
  readonly #answerPatienceMs: number;
  readonly #wakes: WakeGate;

  constructor(connection: StoreConnection, answerPatienceMs: number = ANSWER_PATIENCE_MS) {
    this.#connection = connection;
    this.#answerPatienceMs = answerPatienceMs;
    this.#wakes = new WakeGate(connection);
  }

  async sql(workspace: MunchkinId, query: SqlQuery, signal: AbortSignal): Promise<SqlAnswer> {
    const stuck = setTimeout(() => this.#connection.kill(), query.timeoutMs + STUCK_AFTER_MS);
    try {
      return (await this.#ask('sql', [workspace, query], signal)) as SqlAnswer;
    } finally {
      clearTimeout(stuck);
    }
  }

  request(workspace: MunchkinId, requestId: RequestId): Promise<RequestRecord | undefined> {
    return this.#ask('request', [workspace, requestId]) as Promise<RequestRecord | undefined>;
  }

  requests(workspace: MunchkinId, filter: RequestFilter): Promise<readonly RequestRecord[]> {
    return this.#ask('requests', [workspace, filter]) as Promise<readonly RequestRecord[]>;
  }

  results(workspace: MunchkinId, requestId: RequestId): Promise<readonly ObjectResult[]> {
    return this.#ask('results', [workspace, requestId]) as Promise<readonly ObjectResult[]>;
  }

  waiting(workspace: MunchkinId, filter: WaitingFilter): Promise<readonly WaitingObject[]> {
    return this.#ask('waiting', [workspace, filter]) as Promise<readonly WaitingObject[]>;
  }

  objects(workspace: MunchkinId, page: ObjectPageRequest): Promise<ObjectPage | undefined> {
    return this.#ask('objects', [workspace, page]) as Promise<ObjectPage | undefined>;
  }

  failures(workspace: MunchkinId, filter: FailureFilter): Promise<readonly FailureRecord[]> {
    return this.#ask('failures', [workspace, filter]) as Promise<readonly FailureRecord[]>;
  }

  fates(workspace: MunchkinId, filter: FateFilter): Promise<readonly ObjectFate[]> {
    return this.#ask('fates', [workspace, filter]) as Promise<readonly ObjectFate[]>;
  }

  journal(workspace: MunchkinId, page: JournalPageRequest): Promise<JournalPage> {
    return this.#ask('journal', [workspace, page]) as Promise<JournalPage>;
  }

  retainedFrom(workspace: MunchkinId): Promise<number> {
    return this.#ask('retainedFrom', [workspace]) as Promise<number>;
  }

  eventTables(workspace: MunchkinId): Promise<readonly EventTable[]> {
    return this.#ask('eventTables', [workspace]) as Promise<readonly EventTable[]>;
  }

  events(workspace: MunchkinId, page: EventPageRequest): Promise<EventPage | undefined> {
    return this.#ask('events', [workspace, page]) as Promise<EventPage | undefined>;
  }

  checkpoint(workspace: MunchkinId): Promise<Checkpoint> {
    return this.#ask('checkpoint', [workspace]) as Promise<Checkpoint>;
  }

  totals(workspace: MunchkinId): Promise<WorkspaceTotals> {
    return this.#ask('totals', [workspace]) as Promise<WorkspaceTotals>;
  }

  async note(workspace: MunchkinId, note: JournalNote): Promise<void> {
    await this.#ask('note', [workspace, note]);
  }

  status(): Promise<ApplierStatus> {
    return this.#ask('status', []) as Promise<ApplierStatus>;
  }

  /** As with a query, only the signal ends it: the applier comes to it when the batch under way is done. */
  rehearseReplay(
    workspace: MunchkinId,
    refs: readonly FailureRef[],
    signal: AbortSignal,
  ): Promise<readonly RehearsedObject[]> {
    const rehearsed = this.#ask('rehearseReplay', [workspace, refs], signal);
    return abortable(rehearsed as Promise<readonly RehearsedObject[]>, signal);
  }

  wake(workspace: MunchkinId): void {
    this.#wakes.wake(workspace);
  }

  /** Waits on through restarts of the store process: only the signal ends it, at once even when the process hangs. */
  async decided(workspace: MunchkinId, lane: Lane, position: Position, signal: AbortSignal): Promise<void> {
    for (;;) {
      const caller = await this.#connection.ready(signal);
      try {
        await abortable(caller.call('decided', [workspace, lane, position], signal), signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof QueryError && error.reason === 'unavailable')) throw error;
      }
    }
  }

  async #ask(method: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    const caller = this.#connection.current() ?? (await this.#started(signal));
    if (signal !== undefined) return caller.call(method, args, signal);
    const patience = AbortSignal.timeout(this.#answerPatienceMs);
    try {
      return await abortable(caller.call(method, args, patience), patience);
    } catch (error) {
      if (!patience.aborted) throw error;
      throw new QueryError('unavailable', 'the store process does not answer; try again', { cause: error });
    }
  }

  async #started(signal?: AbortSignal): Promise<Caller> {
    const patience = AbortSignal.timeout(START_PATIENCE_MS);
    try {
      return await this.#connection.ready(signal === undefined ? patience : AbortSignal.any([signal, patience]));
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new QueryError('unavailable', 'the store process is restarting; try again', { cause: error });
    }
  }
}

/** Longest time for which a wake is held back, so that thousands of appends cost a few messages. */
const WAKE_INTERVAL_MS = 10;

/**
 * Passes the first wake on at once and gathers those that follow closely. Keeps what it could not pass on while the
 * process was down or still starting: by the time that process is ready it may have read the log already.
 */
class WakeGate {
  readonly #connection: StoreConnection;
  readonly #held = new Set<MunchkinId>();
  #timer: NodeJS.Timeout | undefined;
  #isWaiting = false;

  constructor(connection: StoreConnection) {
    this.#connection = connection;
  }

  wake(workspace: MunchkinId): void {
    this.#held.add(workspace);
    if (this.#timer === undefined && !this.#isWaiting) this.#release();
  }

  #release(): void {
    this.#timer = undefined;
    if (this.#held.size === 0) return;
    const caller = this.#connection.current();
    if (caller === undefined) {
      void this.#releaseWhenReady();
      return;
    }
    for (const workspace of this.#held) caller.tell(TOPICS.wake, workspace);
    this.#held.clear();
    this.#timer = setTimeout(() => this.#release(), WAKE_INTERVAL_MS);
  }

  async #releaseWhenReady(): Promise<void> {
    this.#isWaiting = true;
    try {
      await this.#connection.ready(NEVER);
      this.#isWaiting = false;
      this.#release();
    } catch {
      // The server is stopping: there is nobody left to wake.
    }
  }
}

/** Aborts never. */
const NEVER: AbortSignal = new AbortController().signal;
