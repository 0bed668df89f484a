/**
 * Checks law 2 all the time, and remembers what it found.
 * Owns: the last account of each workspace, and the pace. Never: changes anything but gauges.
 *
 *   every ten seconds ┐
 *   a scrape          ├─► round: each workspace that moved, one after the other ─► gauges, accounts ─► readyz, the API
 *   a call of the API ┘
 */
import { abortable } from '#kit/abortable.ts';
import { applierStatus } from './applier-status.ts';
import type { AskingForStatus } from './applier-status.ts';
import { holdsIn } from './conservation.ts';
import type { WorkspaceAccount } from './conservation.ts';
import { sampleWorkspace, showSample } from './workspace-sampler.ts';
import type { SamplerParts, WorkspaceSample } from './workspace-sampler.ts';
import { LANES } from '#model/words.ts';
import type { MunchkinId } from '#model/words.ts';
import { IntakeError } from '#ports/intake-log.ts';
import type { IntakeTotals } from '#ports/intake-log.ts';
import type { Metrics } from '#telemetry/metrics.ts';

export interface CheckerParts extends SamplerParts, AskingForStatus {
  readonly metrics: Metrics;
  /** A fault of our own; the checks go on. */
  readonly onFault: (error: unknown) => void;
}

const INTERVAL_MS = 10_000;
/** A store in which nothing moved may have been changed from outside: it is looked at again, now and then. */
const QUIET_RECHECK_MS = 3_600_000;
/** So that a thousand quiet stores are not opened at once. */
const QUIET_RECHECKS_A_ROUND = 4;

/** What was read last of a workspace in which everything was decided, and in order. */
interface Settled {
  readonly received: string;
  readonly at: number;
}

/** What others see of it. */
export type Conservation = Pick<ConservationChecker, 'check' | 'broken' | 'accounts' | 'unread'>;

export class ConservationChecker implements AsyncDisposable {
  readonly #parts: CheckerParts;
  readonly #accounts = new Map<MunchkinId, WorkspaceAccount>();
  readonly #settled = new Map<MunchkinId, Settled>();
  readonly #unread = new Set<MunchkinId>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #loop: Promise<void> | undefined;

  constructor(parts: CheckerParts) {
    this.#parts = parts;
  }

  /** By workspace, as of the last round that could read it. Workspaces that never received anything have none. */
  get accounts(): ReadonlyMap<MunchkinId, WorkspaceAccount> {
    return this.#accounts;
  }

  /** How many workspaces do not add up, as of the last round. */
  get broken(): number {
    return this.#accounts
      .values()
      .filter((account) => !holdsIn(account))
      .toArray().length;
  }

  /** Workspaces that have received something and could not be read yet, so that nobody knows whether they add up. */
  get unread(): ReadonlySet<MunchkinId> {
    return this.#unread;
  }

  /** Checks from now on until it is disposed of. */
  start(): void {
    this.#loop ??= this.#checkForever();
  }

  /**
   * A round that begins now, or as soon as the one under way is over; all who ask meanwhile share it. Resolves without
   * a round while no applier answers.
   */
  async check(): Promise<void> {
    if (this.#running === undefined) return this.#run();
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#run();
    });
    return this.#next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #checkForever(): Promise<void> {
    const { clock, onFault } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        // A store that hangs does not keep the server from stopping.
        await abortable(this.check(), signal);
        await clock.sleep(INTERVAL_MS, signal);
      } catch (error) {
        if (!signal.aborted) onFault(error);
      }
    }
  }

  #run(): Promise<void> {
    this.#running = this.#round().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  // A store that does not answer keeps its last account; so do all once the log has failed (law 9).
  async #round(): Promise<void> {
    const { metrics } = this.#parts;
    const all = await this.#totalsWhileLogLives();
    for (const { workspace } of all) if (!this.#accounts.has(workspace)) this.#unread.add(workspace);
    const status = await applierStatus(this.#parts);
    if (status === undefined) return;
    let rechecks = 0;
    for (const totals of all) {
      if (this.#stop.signal.aborted) return;
      const quiet = this.#isQuiet(totals);
      if (quiet === 'for long' && rechecks < QUIET_RECHECKS_A_ROUND) rechecks += 1;
      else if (quiet !== 'no') continue;
      const sample = await sampleWorkspace(this.#parts, totals).catch(() => undefined);
      if (sample === undefined) continue;
      showSample(metrics, sample);
      this.#keep(sample);
    }
    metrics.set('inlet_conservation_holds', {}, this.broken === 0 ? 1 : 0);
    metrics.set('inlet_conservation_checked_timestamp_seconds', {}, this.#parts.clock.now() / 1000);
  }

  #isQuiet(totals: IntakeTotals): 'no' | 'yes' | 'for long' {
    const settled = this.#settled.get(totals.workspace);
    if (settled?.received !== receivedText(totals.laneObjects)) return 'no';
    return this.#parts.clock.now() - settled.at < QUIET_RECHECK_MS ? 'yes' : 'for long';
  }

  #keep({ account, backlogs }: WorkspaceSample): void {
    const { workspace, checkedAt: at, lanes } = account;
    this.#accounts.set(workspace, account);
    this.#unread.delete(workspace);
    const isSettled = LANES.every((lane) => backlogs[lane].entries === 0 && lanes[lane].pending === 0);
    if (!isSettled || !holdsIn(account)) this.#settled.delete(workspace);
    else {
      const received = { high: lanes.high.received, normal: lanes.normal.received, events: lanes.events.received };
      this.#settled.set(workspace, { received: receivedText(received), at });
    }
  }

  async #totalsWhileLogLives(): Promise<readonly IntakeTotals[]> {
    try {
      return await this.#parts.intakeTotals.totals();
    } catch (error) {
      if (error instanceof IntakeError) return [];
      throw error;
    }
  }
}

function receivedText(objects: IntakeTotals['laneObjects']): string {
  return LANES.map((lane) => objects[lane]).join(' ');
}
