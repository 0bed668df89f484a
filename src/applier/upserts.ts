/**
 * Upserts planned runs in a transaction, persons before the custom objects that may name them.
 * Owns: what each kind of run says besides its rows. Never: decides a fate.
 */
import { must } from '#kit/assert.ts';
import type { Workspace } from '#model/definitions.ts';
import type { BuiltRun, RunBuilder } from '#model/upsert-run.ts';
import type { RunObjects, UpsertAnswer } from '#model/upsert.ts';
import type { RequestId } from '#model/words.ts';
import type { StoreTransaction } from '#ports/store.ts';

/** Objects with the same rules, which the builder has made into runs. */
export interface Upserts {
  readonly builder: RunBuilder;
  /** Of each object the number of its row, as the builder gave it. */
  readonly slotRows: readonly number[];
}

/** All upserts of a batch, in their order by type. */
export interface UpsertsByType<Of extends Upserts> {
  readonly personRuns: readonly Of[];
  /** By declared API name. */
  readonly customObjectRuns: ReadonlyMap<string, readonly Of[]>;
}

export interface UpsertOptions<Of extends Upserts> {
  readonly workspace: Workspace;
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** Whose objects they are, slot for slot. */
  readonly objects: (upserts: Of) => Omit<RunObjects, 'rows'>;
  /** Called behind each run, before the next, with its number among those of its upserts. */
  readonly decided: (upserts: Of, run: number, answer: UpsertAnswer) => Promise<void>;
}

/** Gives the store the columns and tables that the rows need. Before any row of the batch. */
export async function defineObjects(
  transaction: StoreTransaction,
  workspace: Workspace,
  { customObjectRuns }: Pick<UpsertsByType<Upserts>, 'customObjectRuns'>,
): Promise<void> {
  await transaction.definePersons([...workspace.personFields.values()]);
  for (const type of workspace.customObjects.values()) {
    if (customObjectRuns.has(type.apiName)) await transaction.defineCustomObject(type);
  }
}

export async function upsertAll<Of extends Upserts>(
  transaction: StoreTransaction,
  { personRuns, customObjectRuns }: UpsertsByType<Of>,
  { workspace, multipleMatches, objects, decided }: UpsertOptions<Of>,
): Promise<void> {
  const upsert = async (upserts: Of, apply: (run: BuiltRun) => Promise<UpsertAnswer>): Promise<void> => {
    const runs = upserts.builder.finish();
    const all = { rows: upserts.slotRows, ...objects(upserts) };
    for (const [number, run] of runs.entries()) {
      const ofRun = runs.length === 1 ? all : objectsOfRun(upserts, number, all);
      await decided(upserts, number, await apply({ ...run, objects: ofRun }));
    }
  };
  for (const upserts of personRuns) {
    await upsert(upserts, (run) => transaction.upsertPersons({ ...run, multipleMatches }));
  }
  for (const [apiName, all] of customObjectRuns) {
    const type = must(workspace.customObjects.get(apiName.toLowerCase()), 'what is planned has a type');
    for (const upserts of all) {
      await upsert(upserts, (run) =>
        transaction.upsertCustomObjects({ ...run, apiName, dedupeFields: type.dedupeFields }),
      );
    }
  }
}

/** Of the objects of all runs those of one, with the places of their rows in it. */
function objectsOfRun({ builder, slotRows }: Upserts, run: number, all: RunObjects): RunObjects {
  const slots = [...slotRows.keys()].filter((slot) => builder.runOf(slotRows[slot] as number) === run);
  return {
    rows: slots.map((slot) => builder.placeOf(slotRows[slot] as number)),
    requestIds: slots.map((slot) => all.requestIds[slot] as RequestId),
    indexes: slots.map((slot) => all.indexes[slot] as number),
    decidedAt: all.decidedAt,
  };
}
