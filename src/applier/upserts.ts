/**
 * Upserts planned runs in a transaction, persons before the custom objects that may name them.
 * Owns: what each kind of run says besides its rows. Never: decides a fate.
 */
import { must } from '#kit/assert.ts';
import type { Workspace } from '#model/definitions.ts';
import type { BuiltRun, RunBuilder } from '#model/upsert-run.ts';
import type { UpsertAnswer } from '#model/upsert.ts';
import type { StoreTransaction } from '#ports/store.ts';

/** Objects with the same rules, which the builder has made into runs. */
export interface Upserts {
  readonly builder: RunBuilder;
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
  { workspace, multipleMatches, decided }: UpsertOptions<Of>,
): Promise<void> {
  const upsert = async (upserts: Of, apply: (run: BuiltRun) => Promise<UpsertAnswer>): Promise<void> => {
    for (const [number, run] of upserts.builder.finish().entries()) await decided(upserts, number, await apply(run));
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
