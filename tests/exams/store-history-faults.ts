/** Faults of stores: fates, names and the journal. */
import { must } from '#kit/assert.ts';
import type { PersonRun } from '#model/upsert.ts';
import type { FateFilter, JournalPage, JournalPageRequest } from '#ports/store-reader.ts';
import { type Fault, without } from './store-faults.ts';

/** A run of persons that is handed on in another way. */
function persons(change: (run: PersonRun) => PersonRun): NonNullable<Fault['plant']> {
  return (transaction) => ({ upsertPersons: (run) => transaction.upsertPersons(change(run)) });
}

/** A page of the journal that is asked for, or answered, in another way. */
function pages(
  ask: (page: JournalPageRequest) => JournalPageRequest,
  answer: (found: JournalPage, page: JournalPageRequest) => JournalPage = (found) => found,
): NonNullable<Fault['misread']> {
  return (reader) => ({
    journal: async (workspace, page) => answer(await reader.journal(workspace, ask(page)), page),
  });
}

function fates(ask: (filter: FateFilter) => FateFilter): NonNullable<Fault['misread']> {
  return (reader) => ({ fates: (workspace, filter) => reader.fates(workspace, ask(filter)) });
}

const FATE_FAULTS: readonly Fault[] = [
  {
    name: 'keeps no fates',
    caughtBy: 'each object that has a row has a fate',
    plant: persons((run) => without(run, 'objects')),
  },
  {
    name: 'keeps one fate a row',
    caughtBy: 'of the objects of a created row the first',
    plant: persons((run) => {
      const { objects } = run;
      if (objects === undefined) return run;
      const places = [...objects.rows.keys()].filter((at) => objects.rows.indexOf(objects.rows[at] as number) === at);
      const picked = <Each>(all: readonly Each[]): Each[] => places.map((at) => all[at] as Each);
      const { rows, requestIds, indexes } = objects;
      return {
        ...run,
        objects: { ...objects, rows: picked(rows), requestIds: picked(requestIds), indexes: picked(indexes) },
      };
    }),
  },
  {
    name: 'says of all objects of a created row that they created it',
    caughtBy: 'of the objects of a created row the first',
    plant: (transaction, tables) => ({
      upsertPersons: async (run) => {
        const known = new Set(tables.persons.rows.keys());
        const answer = await transaction.upsertPersons(run);
        tables.fates = tables.fates.map((fate) => (known.has(fate.identity) ? fate : { ...fate, outcome: 'created' }));
        return answer;
      },
    }),
  },
  {
    name: 'keeps fates of what it has not written',
    caughtBy: 'what was not written has no fate here',
    plant: (transaction, tables) => ({
      upsertPersons: async (run) => {
        const answer = await transaction.upsertPersons(run);
        answer.outcomes.forEach((outcome, row) => {
          const at = run.objects?.rows.indexOf(row) ?? -1;
          if (run.objects === undefined || at < 0 || outcome !== 'exists') return;
          const { requestIds, indexes, decidedAt } = run.objects;
          const [requestId, index] = [must(requestIds[at], 'each has one'), must(indexes[at], 'each has one')];
          tables.fates.push({ requestId, index, type: 'persons', outcome: 'updated', identity: 1, decidedAt });
        });
        return answer;
      },
    }),
  },
  {
    name: 'says of what it deleted that it was updated',
    caughtBy: 'what was deleted has the fate deleted',
    plant: (transaction, tables) => ({
      upsertPersons: async (run) => {
        const answer = await transaction.upsertPersons(run);
        tables.fates = tables.fates.map((fate) => ({
          ...fate,
          outcome: fate.outcome === 'deleted' ? 'updated' : fate.outcome,
        }));
        return answer;
      },
    }),
  },
  {
    name: 'gives the fates of every type under an identity',
    caughtBy: 'custom objects have fates under their marketoGUID',
    misread: fates((filter) =>
      'type' in filter.of && filter.of.type === 'trucks' ? { ...filter, of: { ...filter.of, type: 'cars' } } : filter,
    ),
  },
  {
    name: 'begins each page of a history anew',
    caughtBy: 'the history of an object is read page by page',
    misread: fates((filter) => without(filter, 'after')),
  },
  {
    name: 'looks for the names of failures with regard to case',
    caughtBy: 'failures are found by the name of their object',
    misread: (reader) => ({
      failures: async (workspace, filter) => {
        const found = await reader.failures(workspace, filter);
        const texts = (filter.key ?? []).flatMap(({ value }) =>
          typeof value === 'string' && /[A-Z]/.test(value) ? [value] : [],
        );
        return found.filter(({ key }) => texts.every((text) => key.includes(text)));
      },
    }),
  },
  {
    name: 'filters waiting objects by name after it has cut the page',
    caughtBy: 'waiting objects are found by type',
    misread: (reader) => ({
      waiting: async (workspace, { key, ...filter }) => {
        const found = await reader.waiting(workspace, { ...filter, limit: 2 });
        return key === undefined ? await reader.waiting(workspace, filter) : found;
      },
    }),
  },
  {
    name: 'adds every settled object to the totals of one lane',
    caughtBy: 'totals are kept by lane',
    plant: (transaction, tables) => ({
      settleRequests: async (changes) => {
        const lanes = new Map(tables.requests.map(({ requestId, lane }) => [requestId, lane]));
        tables.requests = tables.requests.map((request) => ({ ...request, lane: 'normal' }));
        await transaction.settleRequests(changes);
        tables.requests = tables.requests.map((each) => ({ ...each, lane: lanes.get(each.requestId) ?? 'normal' }));
      },
    }),
  },
];

const JOURNAL_FAULTS: readonly Fault[] = [
  {
    name: 'appends journal events in another order',
    caughtBy: 'journal events are kept in order',
    plant: (transaction) => ({ appendJournal: (events) => transaction.appendJournal(events.toReversed()) }),
  },
  {
    name: 'gives an ordinal away that a rollback took back',
    caughtBy: 'a batch that is taken back leaves no journal event',
    plant: (() => {
      let highest = 0;
      return (transaction, tables) => ({
        appendJournal: async (events) => {
          tables.nextOrdinal = Math.max(tables.nextOrdinal, highest + 1);
          highest = await transaction.appendJournal(events);
          return highest;
        },
      });
    })(),
  },
  {
    name: 'takes characters for bytes',
    caughtBy: 'a page of the journal is bounded by events and by bytes',
    misread: pages((page) => ({ ...page, maxBytes: page.maxBytes * 2 })),
  },
  {
    name: 'says that it has looked at the whole journal when the page was full',
    caughtBy: 'a page of the journal is bounded by events and by bytes',
    misread: pages(
      (page) => page,
      (found) => ({ ...found, through: Math.max(found.through, found.last) }),
    ),
  },
  {
    name: 'gives an event of the end of the time asked for',
    caughtBy: 'journal events are filtered by type, time and request',
    misread: pages(({ to, ...page }) => (to === undefined ? page : { ...page, to: to + 1 })),
  },
  {
    name: 'finds the events of finished requests alone',
    caughtBy: 'the events of a request are found however long it waited',
    misread: (reader) => ({
      journal: async (workspace, page) => {
        const of = page.requestId === undefined ? undefined : await reader.request(workspace, page.requestId);
        const until = of === undefined || of.finishedAt !== undefined ? page : { ...page, to: of.acceptedAt + 3_000 };
        return await reader.journal(workspace, until);
      },
    }),
  },
  {
    name: 'takes tallies of the end of the time for it',
    caughtBy: 'tallies are read by time',
    plant: (transaction) => ({ journalTallies: (from, to) => transaction.journalTallies(from, to + 1) }),
  },
];

export const HISTORY_FAULTS: readonly Fault[] = [...FATE_FAULTS, ...JOURNAL_FAULTS];
