/**
 * A crash run: load, kill, start again, read everything back, judge; on one data directory, round after round.
 * Owns: directory, server and record of the run. Never: decides when to kill; its caller does.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '#kit/crash-point.ts';
import { findFaults } from '../support/crash/checker.ts';
import { findWrongAnswers, Ledger } from '../support/crash/ledger.ts';
import type { SentRequest } from '../support/crash/ledger.ts';
import { sendEach, sendUntil } from '../support/crash/load.ts';
import type { LoadParts } from '../support/crash/load.ts';
import { PatientWorkspace } from '../support/crash/patient-workspace.ts';
import { ReadBack } from '../support/crash/read-back.ts';
import { SeededRandom } from '../support/crash/seeded-random.ts';
import { createSenders, PARCEL_TYPE } from '../support/crash/senders.ts';
import type { Sender } from '../support/crash/senders.ts';
import { ServerProcess } from '../support/server/server-process.ts';
import type { StartOptions } from '../support/server/server-process.ts';

export type Victim = 'both' | 'gateway' | 'store';

/** Where a round kills: at a passage of a named point, counted from 1, or some time after its load began. */
export type Kill =
  | { readonly point: CrashPoint; readonly passage: number }
  | { readonly victim: Victim; readonly afterMs: number; readonly thinkMs: number };

export interface RunOptions {
  /** How many times over there is each kind of sender. */
  readonly crews?: number;
  /** Where the data directory is made. */
  readonly parent?: string;
}

export interface RoundResult {
  readonly faults: readonly string[];
  readonly sent: number;
  readonly acknowledged: number;
  /** Requests whose connection broke before an answer came. */
  readonly unknown: number;
}

/** A point that is not reached within this time is not passed at all. */
const POINT_LIMIT_MS = 20_000;
/** Leaves processor time to the process that is to reach the point, and keeps what is read back small. */
const POINT_THINK_MS = 10;
/** A line of the gateway's log. */
export const STORE_ENDED: RegExp = /"msg":"store process ended/u;
/** What each sender sends after the restart: enough for both priorities. */
const EPILOGUE_REQUESTS = 4;

export class CrashRun implements AsyncDisposable {
  readonly ledger: Ledger = new Ledger();
  readonly senders: readonly Sender[];
  readonly directory: string;
  readonly #readBack = new ReadBack();
  #server: ServerProcess | undefined;

  private constructor(directory: string, senders: readonly Sender[]) {
    this.directory = directory;
    this.senders = senders;
  }

  /** Starts a server on an empty directory. The senders follow from the seed. */
  static async begin(seed: number, { crews = 1, parent = tmpdir() }: RunOptions = {}): Promise<CrashRun> {
    const senders = createSenders(new SeededRandom(seed), crews);
    const run = new CrashRun(await mkdtemp(join(parent, 'inlet-crash-')), senders);
    await run.start();
    await run.workspace.administer('PUT', '/custom-objects/parcels', PARCEL_TYPE);
    return run;
  }

  get server(): ServerProcess {
    if (this.#server === undefined) throw new Error('the run has not begun');
    return this.#server;
  }

  get workspace(): PatientWorkspace {
    return new PatientWorkspace(this.server);
  }

  /** A new life of the gateway on the directory. */
  async start(options: StartOptions = {}): Promise<ServerProcess> {
    const args = ['--log-level', 'warn', ...(options.args ?? [])];
    this.#server = await ServerProcess.start(this.directory, { ...options, args, ownGroup: true });
    this.ledger.gatewayStarted();
    return this.#server;
  }

  /** One kill under load. Afterwards a server runs. */
  async round(kill: Kill): Promise<RoundResult> {
    const before = this.ledger.requests.length;
    if ('point' in kill) await this.#killAtPoint(kill);
    else await this.#killAtMoment(kill);
    await this.epilogue();
    const requests = this.ledger.requests.slice(before);
    return { ...countsOf(requests), faults: [...findWrongAnswers(requests), ...(await this.judge())] };
  }

  /** Reads everything back and compares it with the record of all rounds. */
  async judge(): Promise<readonly string[]> {
    const seen = await this.#readBack.read(this.workspace, this.ledger);
    return findFaults({ requests: this.ledger.requests, life: this.ledger.life }, seen);
  }

  /** A few requests of each sender, which the server has to take. */
  async epilogue(): Promise<void> {
    await sendEach({ ...this.#parts(), thinkMs: 0 }, EPILOGUE_REQUESTS);
  }

  /** Sends until the signal aborts. */
  load(signal: AbortSignal, thinkMs: number, doubtfulStatuses: readonly number[] = []): Promise<void> {
    return sendUntil({ ...this.#parts(), thinkMs, doubtfulStatuses }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #killAtPoint({ point, passage }: Extract<Kill, { point: CrashPoint }>): Promise<void> {
    await this.server.killBoth();
    const armed = await this.start({ environment: { INLET_CRASH_POINT: `${point}:${passage}` } });
    const stop = new AbortController();
    const load = this.load(stop.signal, POINT_THINK_MS);
    const limit = sleep(POINT_LIMIT_MS, 'limit', { signal: stop.signal }).catch(() => 'limit');
    // The store process dies alone, and the gateway says so.
    const died = await Promise.race([armed.exited, armed.logged(STORE_ENDED).catch(() => 'ended'), limit]);
    await armed.killBoth();
    stop.abort();
    await load;
    if (died === 'limit') throw new Error(`${point} was not passed ${passage} times under load`);
    await this.start();
  }

  async #killAtMoment({ victim, afterMs, thinkMs }: Extract<Kill, { victim: Victim }>): Promise<void> {
    const stop = new AbortController();
    const load = this.load(stop.signal, thinkMs);
    await sleep(afterMs);
    if (victim === 'both') await this.server.killBoth();
    else if (victim === 'gateway') await this.server.killGateway();
    else this.server.killStore();
    // While the store process starts again, the gateway goes on taking requests.
    if (victim === 'store') await sleep(afterMs);
    stop.abort();
    await load;
    if (victim !== 'store') await this.start();
  }

  #parts(): Pick<LoadParts, 'workspace' | 'ledger' | 'senders'> {
    return { workspace: this.workspace, ledger: this.ledger, senders: this.senders };
  }
}

function countsOf(requests: readonly SentRequest[]): Pick<RoundResult, 'sent' | 'acknowledged' | 'unknown'> {
  const count = (outcome: SentRequest['outcome']): number =>
    requests.filter((request) => request.outcome === outcome).length;
  return { sent: requests.length, acknowledged: count('acknowledged'), unknown: count('unknown') };
}
