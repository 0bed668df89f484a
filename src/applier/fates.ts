/**
 * Gathers what became of each object of a batch, and adds it up by request (law 2).
 * Owns: the counting. Never: decides a fate: rules and store have.
 */
import type { FailureRecord, RequestRecord } from '#model/fates.ts';
import { noFates } from '#model/fates.ts';
import type { JsonObject } from '#model/json.ts';
import { outcomeFailure } from '#model/object-rules.ts';
import type { UpsertOutcome } from '#model/upsert.ts';
import type { FateCounts } from '#model/words.ts';
import { WHOLE_ENTRY } from './plan.ts';
import type { PlannedBatch, PlannedEntry, PlannedFailure, PlannedRun } from './plan.ts';

export class Fates {
  readonly #entries: readonly PlannedEntry[];
  readonly #counts = new Map<PlannedEntry, FateCounts>();
  /** Failures that only the store could find; those of the plan stay with the plan, which may be tried again. */
  readonly #refused = new Map<PlannedEntry, PlannedFailure[]>();

  constructor(entries: readonly PlannedEntry[]) {
    this.#entries = entries;
    for (const entry of entries) this.#counts.set(entry, { ...noFates(), received: entry.entry.objects });
  }

  /** The store's word on each row of a run. Of objects folded into one row the first creates, the others update. */
  decided(run: PlannedRun, outcomes: readonly UpsertOutcome[]): void {
    const created = new Set<number>();
    for (const [slot, row] of run.slotRows.entries()) {
      const entry = run.slotEntries[slot] as PlannedEntry;
      const outcome = outcomes[row] as UpsertOutcome;
      const failure = outcomeFailure(outcome, run.rules);
      if (failure !== undefined) {
        this.#refuse(entry, { index: run.slotIndexes[slot] as number, ...failure });
      } else if (outcome === 'created' && !created.has(row)) {
        created.add(row);
        this.#of(entry).created += 1;
      } else {
        this.#of(entry).updated += 1;
      }
    }
  }

  /** Every event that was not left out has been stored. */
  allStored(eventTables: PlannedBatch['eventTables']): void {
    for (const entries of eventTables.values()) {
      for (const { planned, events } of entries) this.#of(planned).stored += events.length;
    }
  }

  /** The records of all requests of the batch, and of all objects that failed. */
  records(now: number): { requests: RequestRecord[]; failures: FailureRecord[] } {
    const requests: RequestRecord[] = [];
    const failures: FailureRecord[] = [];
    for (const planned of this.#entries) {
      const failed = [...planned.failures, ...(this.#refused.get(planned) ?? [])].sort((a, b) => a.index - b.index);
      for (const failure of failed) failures.push(failureRecord(planned, failure, now));
      const counts = this.#of(planned);
      counts.failed = failed.some((failure) => failure.index === WHOLE_ENTRY) ? counts.received : failed.length;
      requests.push(requestRecord(planned, counts, now));
    }
    return { requests, failures };
  }

  #refuse(entry: PlannedEntry, failure: PlannedFailure): void {
    const known = this.#refused.get(entry);
    if (known === undefined) this.#refused.set(entry, [failure]);
    else known.push(failure);
  }

  #of(entry: PlannedEntry): FateCounts {
    return this.#counts.get(entry) as FateCounts;
  }
}

function requestRecord(planned: PlannedEntry, counts: FateCounts, now: number): RequestRecord {
  const { entry, decoded } = planned;
  const { correlationId, requestSource, clientId, kind } = entry.envelope;
  return {
    requestId: entry.requestId,
    kind,
    type: typeName(planned),
    clientId,
    lane: entry.lane,
    position: entry.position,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(requestSource === undefined ? {} : { requestSource }),
    acceptedAt: entry.acceptedAt,
    finishedAt: now,
    counts,
    warnings: decoded?.warnings ?? [],
  };
}

function failureRecord(planned: PlannedEntry, failure: PlannedFailure, now: number): FailureRecord {
  const { entry, decoded } = planned;
  const object = decoded?.objects[failure.index];
  return {
    requestId: entry.requestId,
    index: failure.index,
    kind: entry.envelope.kind,
    type: typeName(planned),
    key: object === undefined ? '{}' : keyText(object, planned.keyFields),
    code: failure.code,
    message: failure.message,
    object: object === undefined ? Buffer.from(entry.body).toString('base64') : JSON.stringify(object),
    failedAt: now,
    attempts: 1,
  };
}

function typeName({ entry: { envelope } }: PlannedEntry): string {
  switch (envelope.kind) {
    case 'person':
      return 'persons';
    case 'customObject':
      return envelope.apiName;
    case 'event':
      return `${envelope.database}.${envelope.table}`;
    default:
      return 'unknown';
  }
}

// What names the object to its sender, as far as the object has it.
function keyText(object: JsonObject, keyFields: ReadonlySet<string>): string {
  const key = Object.entries(object).filter(([name]) => keyFields.has(name.toLowerCase()));
  return JSON.stringify(Object.fromEntries(key));
}
