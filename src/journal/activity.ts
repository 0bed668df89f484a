/**
 * What has happened in each workspace since this process began, for the clerk: when something was accepted, and what
 * was refused in which hour.
 * Owns: the bounds of that memory (law 6). Never: writes a note.
 */
import type { MunchkinId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import { rejectedCode } from '#protocols/journaling/rejected-code.ts';
import type { EntryAccepted, Protocol, RequestRefused } from '#telemetry/events.ts';

export const HOUR_MS = 3_600_000;
/** Hours for which refusals are kept until they are written. */
const KEPT_HOURS = 25;

/** The wires that take data in: what the others refuse is no request in the words of the journal. */
const COLLECTING: ReadonlySet<Protocol> = new Set(['postback', 'records', 'td-js', 'td-mobile', 'ingestion']);

interface WorkspaceActivity {
  /** Milliseconds since 1970. */
  readonly firstAt: number;
  lastAt: number;
  /** By the start of the hour, then by code. */
  readonly refusals: Map<number, Map<string, number>>;
}

export class Activity {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #byWorkspace = new Map<MunchkinId, WorkspaceActivity>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  accepted({ workspace }: Pick<EntryAccepted, 'workspace'>): void {
    this.#happened(workspace, this.#clock.now());
  }

  refused({ workspace, protocol, code }: Pick<RequestRefused, 'workspace' | 'protocol' | 'code'>): void {
    if (workspace === undefined || !COLLECTING.has(protocol)) return;
    const now = this.#clock.now();
    const { refusals } = this.#happened(workspace, now);
    const hour = hourOf(now);
    const codes = refusals.get(hour) ?? new Map<string, number>();
    const name = rejectedCode(code);
    refusals.set(hour, codes.set(name, (codes.get(name) ?? 0) + 1));
    const [oldest] = refusals.keys();
    if (refusals.size > KEPT_HOURS && oldest !== undefined) refusals.delete(oldest);
  }

  /** Milliseconds since 1970; undefined where nothing has happened. */
  firstAt(workspace: MunchkinId): number | undefined {
    return this.#byWorkspace.get(workspace)?.firstAt;
  }

  lastAt(workspace: MunchkinId): number | undefined {
    return this.#byWorkspace.get(workspace)?.lastAt;
  }

  /** Refused requests by code of the hour that begins at `hour`. */
  rejected(workspace: MunchkinId, hour: number): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#byWorkspace.get(workspace)?.refusals.get(hour) ?? []);
  }

  /** They have been written. */
  forget(workspace: MunchkinId, hour: number): void {
    this.#byWorkspace.get(workspace)?.refusals.delete(hour);
  }

  #happened(workspace: MunchkinId, now: number): WorkspaceActivity {
    const known = this.#byWorkspace.get(workspace);
    const activity = known ?? { firstAt: now, lastAt: now, refusals: new Map<number, Map<string, number>>() };
    if (known === undefined) this.#byWorkspace.set(workspace, activity);
    activity.lastAt = Math.max(activity.lastAt, now);
    return activity;
  }
}

/** Start of the clock hour, in milliseconds since 1970. */
export function hourOf(ms: number): number {
  return Math.floor(ms / HOUR_MS) * HOUR_MS;
}
