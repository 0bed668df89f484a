/**
 * What Treasure Data's REST API has control remember, in memory: places, jobs, marks of imports.
 * Owns: the lists. Never: outlives its process.
 */
import type { EventPlace } from '#model/event-place.ts';
import type { ImportMark, ImportName } from '#model/import-mark.ts';
import type { QueryJob } from '#model/query-job.ts';
import type { MunchkinId } from '#model/words.ts';
import type { JobsKept } from '#ports/control.ts';

type OwnedPlace = EventPlace & { readonly workspace: MunchkinId };

export class MemoryTdRecords {
  #places: readonly OwnedPlace[] = [];
  /** Newest first. */
  #jobs: readonly QueryJob[] = [];
  #imports: readonly ImportMark[] = [];

  addPlace(workspace: MunchkinId, place: EventPlace): boolean {
    const isKnown = this.places(workspace).some(
      ({ database, table }) => database === place.database && table === place.table,
    );
    if (!isKnown) this.#places = [...this.#places, { ...place, workspace }];
    return !isKnown;
  }

  removePlaces(workspace: MunchkinId, { database, table }: Pick<EventPlace, 'database' | 'table'>): boolean {
    const before = this.#places.length;
    const isMeant = (place: OwnedPlace): boolean =>
      place.workspace === workspace && place.database === database && (table === undefined || place.table === table);
    this.#places = this.#places.filter((place) => !isMeant(place));
    return this.#places.length < before;
  }

  places(workspace: MunchkinId): readonly EventPlace[] {
    const own = this.#places.filter((place) => place.workspace === workspace);
    return own.map(({ database, table, createdAt }) => ({
      database,
      createdAt,
      ...(table !== undefined && { table }),
    }));
  }

  putJob(job: QueryJob, { jobs: kept, createdFrom }: JobsKept): void {
    const others = this.#jobs.filter((each) => each.workspace !== job.workspace || each.jobId !== job.jobId);
    const jobs = [...others, job].toSorted((a, b) => b.jobId - a.jobId);
    const own = jobs.filter(({ workspace, createdAt }) => workspace === job.workspace && createdAt >= createdFrom);
    this.#jobs = [...jobs.filter(({ workspace }) => workspace !== job.workspace), ...own.slice(0, kept)];
  }

  jobs(workspace: MunchkinId): readonly QueryJob[] {
    return this.#jobs.filter((job) => job.workspace === workspace);
  }

  putImportMark(mark: ImportMark, forgetBefore: number): void {
    const others = this.#imports.filter((each) => each.markedAt >= forgetBefore && !isSame(each, mark));
    this.#imports = [...others, mark];
  }

  importMark(name: ImportName): ImportMark | undefined {
    return this.#imports.find((mark) => isSame(mark, name));
  }
}

function isSame(a: ImportName, b: ImportName): boolean {
  return a.workspace === b.workspace && a.database === b.database && a.table === b.table && a.uniqueId === b.uniqueId;
}
