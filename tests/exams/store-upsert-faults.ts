/** Faults of stores: upserts, links, events and batches. */
import { must } from '#kit/assert.ts';
import type { CustomObjectRun, PersonRun, UpsertAction, UpsertAnswer } from '#model/upsert.ts';
import type { StoreTransaction } from '#ports/store.ts';
import { type Fault, without } from './store-faults.ts';

/** Persons whose run is changed on its way in. */
function persons(change: (run: PersonRun) => PersonRun): NonNullable<Fault['plant']> {
  return (transaction) => ({ upsertPersons: (run) => transaction.upsertPersons(change(run)) });
}

/** Custom objects likewise. */
function objects(change: (run: CustomObjectRun) => CustomObjectRun): NonNullable<Fault['plant']> {
  return (transaction) => ({ upsertCustomObjects: (run) => transaction.upsertCustomObjects(change(run)) });
}

/** Takes one action for another. */
function confuses(action: UpsertAction, other: UpsertAction): NonNullable<Fault['plant']> {
  return persons((run) => (run.action === action ? { ...run, action: other } : run));
}

/** An answer that is changed on its way out. */
function answers(change: (answer: UpsertAnswer, run: PersonRun) => UpsertAnswer): NonNullable<Fault['plant']> {
  return (transaction) => ({ upsertPersons: async (run) => change(await transaction.upsertPersons(run), run) });
}

const PRETENDS_DELETIONS: NonNullable<Fault['plant']> = (transaction) => ({
  upsertPersons: (run) =>
    run.action === 'delete' ? pretendDeletion(transaction, run) : transaction.upsertPersons(run),
});

/** Says that it deleted, and only looked. */
async function pretendDeletion(transaction: StoreTransaction, run: PersonRun): Promise<UpsertAnswer> {
  const found = await transaction.upsertPersons({ ...run, action: 'updateOnly', rows: run.rows.map(unchanging) });
  return { ...found, outcomes: found.outcomes.map((outcome) => (outcome === 'updated' ? 'deleted' : outcome)) };
}

function unchanging(row: PersonRun['rows'][number]): PersonRun['rows'][number] {
  return { ...row, values: row.values.map(() => undefined) };
}

export const UPSERT_FAULTS: readonly Fault[] = [
  {
    name: 'loses the last event of a batch',
    caughtBy: 'rows of many batches',
    plant: (transaction) => ({
      appendEvents: ({ times, ...rows }) => transaction.appendEvents({ ...rows, times: times.slice(0, -1) }),
    }),
  },
  {
    name: 'turns the order of events around',
    caughtBy: 'texts of every kind',
    plant: (transaction) => ({
      appendEvents: (rows) => {
        const cells = new Map(Array.from(rows.cells, ([column, values]) => [column, values.toReversed()]));
        return transaction.appendEvents({ ...rows, cells });
      },
    }),
  },
  {
    name: 'loses what few events have',
    caughtBy: 'sparse columns',
    plant: (transaction) => ({ appendEvents: (rows) => transaction.appendEvents({ ...rows, sparse: new Map() }) }),
  },
  { name: 'forgets the checkpoint', caughtBy: 'all of a batch', plant: () => ({ advance: async () => {} }) },
  {
    name: 'records a request twice',
    caughtBy: 'totals sum all requests',
    plant: (transaction) => ({
      recordRequests: async (requests) => {
        await transaction.recordRequests(requests);
        await transaction.recordRequests(requests);
      },
    }),
  },
  { name: 'loses failures', caughtBy: 'failures come back whole', plant: () => ({ recordFailures: async () => {} }) },
  {
    name: 'takes absent for null',
    caughtBy: 'absent leaves a field as it is',
    plant: persons((run) => ({
      ...run,
      rows: run.rows.map((row) => ({ ...row, values: row.values.map((value) => value ?? null) })),
    })),
  },
  {
    name: 'compares emails exactly',
    caughtBy: 'a new person is created',
    plant: persons((run) => ({ ...run, matchBy: run.matchBy.map((match) => ({ ...match, ignoreCase: false })) })),
  },
  {
    name: 'mixes up partitions',
    caughtBy: 'a person of another partition',
    plant: persons((run) => ({ ...run, rows: run.rows.map((row) => ({ ...row, partition: 'Default' })) })),
  },
  {
    name: 'creates what it should only find',
    caughtBy: 'a row that matches no id',
    plant: persons((run) =>
      run.matchBy.some(({ field }) => field.name === 'id') ? { ...run, action: 'createDuplicate' } : run,
    ),
  },
  {
    name: 'takes createOnly by id for an update',
    caughtBy: 'by an id that nothing has',
    plant: confuses('createOnly', 'updateOnly'),
  },
  {
    name: 'updates with createOnly',
    caughtBy: 'createOnly creates what is not there',
    plant: confuses('createOnly', 'createOrUpdate'),
  },
  {
    name: 'takes the most recent of several for createOnly',
    caughtBy: 'createOnly creates what is not there',
    plant: answers((answer, run) =>
      run.action === 'createOnly' && run.multipleMatches === 'update-most-recent'
        ? { ...answer, outcomes: answer.outcomes.map(() => 'updated') }
        : answer,
    ),
  },
  {
    name: 'creates with updateOnly',
    caughtBy: 'updateOnly updates a match',
    plant: confuses('updateOnly', 'createOrUpdate'),
  },
  {
    name: 'updates with createDuplicate',
    caughtBy: 'createDuplicate creates every row',
    plant: confuses('createDuplicate', 'createOrUpdate'),
  },
  {
    name: 'leaves the row that it says it deleted',
    caughtBy: 'delete deletes the match',
    plant: PRETENDS_DELETIONS,
  },
  {
    name: 'creates what it is to delete',
    caughtBy: 'delete deletes the match',
    plant: (transaction) => ({
      upsertPersons: async (run) => {
        if (run.action === 'delete') await transaction.upsertPersons({ ...run, action: 'createOrUpdate' });
        return await transaction.upsertPersons(run);
      },
    }),
  },
  {
    name: 'deletes one of several',
    caughtBy: 'delete with several matches',
    plant: persons((run) => (run.action === 'delete' ? { ...run, multipleMatches: 'update-most-recent' } : run)),
  },
  {
    name: 'gives a new object what a deleted one of its key had',
    caughtBy: 'a person that was deleted and created again',
    plant: PRETENDS_DELETIONS,
  },
  {
    name: 'gives ids again after deletions',
    caughtBy: 'an id is never given twice',
    plant: (transaction, tables) => ({
      upsertPersons: (run) => {
        tables.nextPersonId = Math.max(0, ...Array.from(tables.persons.rows.keys(), Number)) + 1;
        return transaction.upsertPersons(run);
      },
    }),
  },
  {
    name: 'names identities in another order',
    caughtBy: 'an answer names the object of each row',
    plant: answers((answer) => ({ ...answer, identities: answer.identities.toReversed() })),
  },
  {
    name: 'names identities unasked',
    caughtBy: 'an answer names the object of each row',
    plant: persons((run) => ({ ...run, wantsIdentities: true })),
  },
  {
    name: 'names no identity of what it deletes',
    caughtBy: 'an answer names the object of each row',
    plant: answers((answer) => ({
      ...answer,
      identities: answer.identities.map((identity, at) => (answer.outcomes[at] === 'deleted' ? undefined : identity)),
    })),
  },
  {
    name: 'keeps the marketoGUID of a deleted object for the next of its key',
    caughtBy: 'the marketoGUID of an answer',
    plant: (transaction) => ({
      upsertCustomObjects: async (run) => {
        const answer = await transaction.upsertCustomObjects(run);
        return { ...answer, identities: run.rows.map(({ key }) => String(key[0])) };
      },
    }),
  },
  {
    name: 'deletes custom objects by nothing but their dedupe fields',
    caughtBy: 'custom objects are created only',
    plant: objects((run) =>
      run.action === 'delete' && run.matchBy[0]?.field.name === 'marketoGUID' ? { ...run, action: 'updateOnly' } : run,
    ),
  },
  {
    name: 'knows no links',
    caughtBy: 'an object whose person exists in no partition',
    plant: objects((run) => without(run, 'link')),
  },
  {
    name: 'looks for persons in one partition alone',
    caughtBy: 'an object whose person exists in no partition',
    plant: (transaction, tables) => ({
      upsertCustomObjects: async (run) => {
        const persons = [...tables.persons.rows];
        for (const [id, { partition }] of persons) if (partition !== 'Default') tables.persons.rows.delete(id);
        const answer = await transaction.upsertCustomObjects(run);
        for (const [id, person] of persons) tables.persons.rows.set(id, person);
        return answer;
      },
    }),
  },
  {
    name: 'takes null for a name',
    caughtBy: 'a link that is null or absent',
    plant: objects((run) => {
      const at = run.link?.at ?? -1;
      const named = (values: PersonRun['rows'][number]['values']): typeof values =>
        values.with(at, values[at] === null ? 'null' : values[at]);
      return at < 0 ? run : { ...run, rows: run.rows.map((row) => ({ ...row, values: named(row.values) })) };
    }),
  },
  {
    name: 'compares the email of a link exactly',
    caughtBy: 'persons are named by email without regard to case',
    plant: objects((run) => (run.link === undefined ? run : { ...run, link: { ...run.link, ignoreCase: false } })),
  },
  {
    name: 'compares every link without regard to case',
    caughtBy: 'persons are named by email without regard to case',
    plant: objects((run) => (run.link === undefined ? run : { ...run, link: { ...run.link, ignoreCase: true } })),
  },
  {
    name: 'looks at the link of a deletion',
    caughtBy: 'a link is looked at after the match',
    plant: (transaction) => ({
      upsertCustomObjects: async (run) => {
        if (run.action !== 'delete') return await transaction.upsertCustomObjects(run);
        const { outcomes } = await transaction.upsertCustomObjects({ ...run, action: 'updateOnly' });
        const rows = run.rows.filter((_, at) => outcomes[at] === 'updated');
        const deleted = (await transaction.upsertCustomObjects({ ...run, rows })).outcomes.values();
        const each = outcomes.map((outcome) => (outcome === 'updated' ? must(deleted.next().value, 'a row') : outcome));
        return { outcomes: each, identities: [] };
      },
    }),
  },
  {
    name: 'looks at links before matches',
    caughtBy: 'a link is looked at after the match',
    plant: (transaction) => ({
      upsertCustomObjects: async (run) => {
        const answer = await transaction.upsertCustomObjects(run);
        const names = (at: number): boolean => String(run.rows[at]?.values[run.link?.at ?? -1]).startsWith('none');
        return { ...answer, outcomes: answer.outcomes.map((outcome, at) => (names(at) ? 'no-person' : outcome)) };
      },
    }),
  },
];
