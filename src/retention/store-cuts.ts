/** Tells stores to forget, by a command through the log: those in which something is beyond the limit, no others. */
import type { RetentionParts } from './retention-parts.ts';
import type { MunchkinId, Position } from '#model/words.ts';
import type { IntakeTotals } from '#ports/intake-log.ts';

/**
 * What a store keeps of an entry and of an object at most, roughly: a request with its journal event, and a fate with
 * its result. Stores count exactly; here it only decides how soon they are asked to.
 */
const ENTRY_BYTES = 4_096;
const OBJECT_BYTES = 100;
/**
 * What its quarantine keeps at most, roughly, should everything fail: bytes in base64 or with their names beside them,
 * and what each failure counts for besides.
 */
const FAILED_BYTES = 2;
const FAILURE_BYTES = 600;
/** A store may have grown by this part of the limit before it is asked again. */
/** Failures of requests that are kept may take the limit, and those of requests that are forgotten as much again. */
const QUARANTINE_SHARES = 2;
const GROWTH_STEP = 0.1;
/** In a busy store something is always just too old: it is told so often at most, or every twentieth of the age. */
const TELL_INTERVAL_MS = 300_000;
const TELLS_IN_RETENTION = 20;
/** So many times within the time that things are kept, a store is looked at even if it seemed to have nothing old. */
const LOOKS_IN_RETENTION = 24;

interface Known {
  /** Milliseconds since 1970: nothing in the store is too old before then, or not worth a command. */
  readonly youngUntil: number;
  /** What it may have kept, had it never forgotten anything, when it was told last. */
  readonly toldAtBytes: number;
  /** What its quarantine may have held, had it never forgotten anything, when its size was looked at last. */
  readonly lookedAtBytes: number;
  /** The command that it was told by. */
  readonly told?: Told;
}

interface Told {
  readonly position: Position;
  /** Milliseconds since 1970: what was accepted before then is to be forgotten. */
  readonly before: number;
}

export class StoreCuts {
  readonly #parts: RetentionParts;
  readonly #known = new Map<MunchkinId, Known>();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** A store that does not answer is left for the next round. */
  async cut(totals: readonly IntakeTotals[], signal: AbortSignal): Promise<void> {
    for (const each of totals) {
      if (signal.aborted) return;
      const known = this.#known.get(each.workspace) ?? this.#unknown();
      const next = await this.#consider(each, known).catch(() => undefined);
      if (next !== undefined) this.#known.set(each.workspace, next);
    }
  }

  // A server that starts does not know what its stores keep: more than the limit only if as much ever came in.
  #unknown(): Known {
    const bytes = (1 - GROWTH_STEP) * this.#parts.limits.maxBytes;
    return { youngUntil: 0, toldAtBytes: bytes, lookedAtBytes: bytes };
  }

  async #consider(totals: IntakeTotals, known: Known): Promise<Known> {
    const { clock, limits, reader } = this.#parts;
    const { workspace } = totals;
    const now = clock.now();
    const step = GROWTH_STEP * limits.maxBytes;
    const bytes = totals.entries * ENTRY_BYTES + totals.objects * OBJECT_BYTES;
    const failedBytes = totals.bytes * FAILED_BYTES + totals.objects * FAILURE_BYTES;
    const hasGrown = bytes - known.toldAtBytes >= step;
    const isToLook = now >= known.youngUntil || failedBytes - known.lookedAtBytes >= step;
    if (!hasGrown && !isToLook && known.told === undefined) return known;
    // One command at a time: a store that fails gets no heap of them.
    if (known.told !== undefined && (await reader.checkpoint(workspace)).high < known.told.position) return known;
    // One command forgets so much at most: what it has left is for the next, at once.
    const isUnfinished = known.told !== undefined && (await this.#hasRequest(workspace, known.told.before));
    const isDue = hasGrown || isUnfinished || (await this.#isQuarantineFull(workspace));
    const { told: _, ...seen } = { ...known, lookedAtBytes: failedBytes };
    if (!isDue && now < known.youngUntil) return seen;
    const youngUntil = isDue ? now : await this.#youngUntil(workspace, now);
    if (youngUntil > now) return { ...seen, youngUntil };
    const told = await this.#tell(workspace, now - limits.ageMs);
    if (told === undefined) return known;
    const pauseMs = Math.min(TELL_INTERVAL_MS, limits.ageMs / TELLS_IN_RETENTION);
    return { ...seen, youngUntil: now + pauseMs, toldAtBytes: bytes, told };
  }

  async #isQuarantineFull(workspace: MunchkinId): Promise<boolean> {
    const { quarantine } = await this.#parts.reader.totals(workspace);
    return quarantine.bytes > QUARANTINE_SHARES * this.#parts.limits.maxBytes;
  }

  /** When something in the store will be too old at the earliest; `now` when something is. */
  async #youngUntil(workspace: MunchkinId, now: number): Promise<number> {
    const { reader, limits } = this.#parts;
    const before = now - limits.ageMs;
    if (await this.#hasRequest(workspace, before)) return now;
    // The first that is not stamped ahead of now decides: no event goes while it is young.
    const { events, last } = await reader.journal(workspace, { after: 0, to: now + 1, limit: 1, maxBytes: 1 });
    const [{ time, ordinal } = { time: now, ordinal: last }] = events;
    // The newest event stays, whatever its age.
    if (time < before && ordinal < last) return now;
    const latest = now + limits.ageMs / LOOKS_IN_RETENTION;
    return time < before ? latest : Math.min(latest, time + limits.ageMs);
  }

  /** One that is finished, and was accepted before then. */
  async #hasRequest(workspace: MunchkinId, before: number): Promise<boolean> {
    const [old] = await this.#parts.reader.requests(workspace, { state: 'done', to: before, limit: 1 });
    return old !== undefined;
  }

  /** Undefined when the log does not take it. */
  async #tell(workspace: MunchkinId, before: number): Promise<Told | undefined> {
    const { submitting, limits, events } = this.#parts;
    const submitted = await submitting.submit({
      workspace,
      lane: 'high',
      objects: 0,
      envelope: { kind: 'command', command: 'retain', clientId: SENDER, before, maxBytes: limits.maxBytes },
      body: new Uint8Array(),
    });
    if (!('requestId' in submitted)) return undefined;
    events.retainSubmitted(workspace);
    return { position: submitted.position, before };
  }
}

/** No client and no write key has this id. */
const SENDER = 'retention';
