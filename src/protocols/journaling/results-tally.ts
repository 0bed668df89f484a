/**
 * The sums of a results event, of which the metrics of an hour are made.
 * Owns: their JSON, which is a disk format; members are only ever added. Never: knows single requests.
 */
import type { FateCounts, ObjectKind, Priority } from '#model/words.ts';
import type { FailureSample } from './failure-sample.ts';

/** Objects that got a final fate. */
export type Decided = Pick<FateCounts, 'created' | 'updated' | 'stored' | 'deleted' | 'failed'>;

interface LaneSums extends Record<keyof Decided, number> {
  /** By code; they add up to `failed`. */
  codes: Record<string, number>;
}

type KindSums = Partial<Record<ObjectKind, Partial<Record<Priority, LaneSums>>>>;

/** How many objects were decided. */
export function decidedTotal({ created, updated, stored, deleted, failed }: Readonly<Decided>): number {
  return created + updated + stored + deleted + failed;
}

/** A request's part in an event. */
export interface TalliedRequest {
  readonly counts: Readonly<Decided>;
  readonly failures?: FailureSample;
  /** Nothing of it was decided before. */
  readonly isFirst: boolean;
  /** Nothing of it is pending any more. */
  readonly isLast: boolean;
}

export class ResultsTally {
  /** Requests of which objects were decided for the first time. */
  first = 0;
  /** Requests of which the last objects were decided. */
  last = 0;
  readonly records: KindSums = {};

  add(kind: ObjectKind, priority: Priority, { counts, failures, isFirst, isLast }: TalliedRequest): void {
    if (isFirst) this.first += 1;
    if (isLast) this.last += 1;
    const sums = this.#sums(kind, priority);
    sums.created += counts.created;
    sums.updated += counts.updated;
    sums.stored += counts.stored;
    sums.deleted += counts.deleted;
    sums.failed += counts.failed;
    if (failures === undefined) return;
    for (const [code, objects] of failures.codes) addCode(sums.codes, code, objects);
  }

  /** Adds what {@link text} of another gave. */
  addText(text: string): void {
    const other = JSON.parse(text) as Pick<ResultsTally, 'first' | 'last' | 'records'>;
    this.first += other.first;
    this.last += other.last;
    for (const [kind, lanes] of Object.entries(other.records) as [ObjectKind, KindSums[ObjectKind]][]) {
      for (const [priority, more] of Object.entries(lanes ?? {}) as [Priority, LaneSums][]) {
        const sums = this.#sums(kind, priority);
        for (const fate of FATES) sums[fate] += more[fate];
        for (const [code, objects] of Object.entries(more.codes)) addCode(sums.codes, code, objects);
      }
    }
  }

  text(): string {
    const { first, last, records } = this;
    return JSON.stringify({ first, last, records });
  }

  /** All zero when there was nothing of the kind. */
  of(kind: ObjectKind, priority: Priority): Readonly<LaneSums> {
    return this.records[kind]?.[priority] ?? noSums();
  }

  #sums(kind: ObjectKind, priority: Priority): LaneSums {
    const lanes = (this.records[kind] ??= {});
    return (lanes[priority] ??= noSums());
  }
}

const FATES = ['created', 'updated', 'stored', 'deleted', 'failed'] as const;

function noSums(): LaneSums {
  return { created: 0, updated: 0, stored: 0, deleted: 0, failed: 0, codes: {} };
}

function addCode(codes: Record<string, number>, code: string, objects: number): void {
  codes[code] = (codes[code] ?? 0) + objects;
}
