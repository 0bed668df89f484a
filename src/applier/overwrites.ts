/**
 * Finds the fields of stored objects that a replay would overwrite although they were changed since.
 *
 *   failed object ──its key──► the stored object ──changed after it was accepted?──► fields with other values
 *
 * Owns: the comparison. Never: says whether the replay is wanted all the same.
 */
import type { Workspace } from '#model/definitions.ts';
import type { FailureRecord } from '#model/fates.ts';
import type { FieldValue } from '#model/field.ts';
import { parseJson } from '#model/json.ts';
import type { JsonObject } from '#model/json.ts';
import { RunBuilder } from '#model/upsert-run.ts';
import type { UpsertRow, UpsertRun } from '#model/upsert.ts';
import type { MunchkinId } from '#model/words.ts';
import type { ObjectPageRequest, ObjectRow, StoreReader } from '#ports/store-reader.ts';
import { RuleBook } from './rule-book.ts';

type Reader = Pick<StoreReader, 'objects'>;

export interface OverwriteScope {
  readonly workspace: MunchkinId;
  readonly defined: Workspace;
}

/** For each failure the fields that trying it again would overwrite, as they are declared; none where undefined. */
export async function findOverwrites(
  reader: Reader,
  { workspace, defined }: OverwriteScope,
  failures: readonly (FailureRecord | undefined)[],
): Promise<readonly (readonly string[])[]> {
  const book = new RuleBook(defined);
  const updates = failures.map((failure) => failure && updateOf(failure, book));
  const found = new Map<Update, readonly string[]>();
  const sought = updates.filter((update) => update !== undefined);
  for (const alike of Map.groupBy(sought, groupOf).values()) {
    for (let from = 0; from < alike.length; from += KEYS_AT_ONCE) {
      const part = alike.slice(from, from + KEYS_AT_ONCE);
      const stored = await storedObjects(reader, workspace, part);
      for (const update of part) found.set(update, overwritten(update, stored));
    }
  }
  return updates.map((update) => (update && found.get(update)) ?? []);
}

const KEYS_AT_ONCE = 300;

/** An object as it would be upserted. */
interface Update {
  /** `persons`, or an API name. */
  readonly type: string;
  readonly run: UpsertRun;
  readonly row: UpsertRow;
  /** Of the object that failed, in milliseconds since 1970. */
  readonly acceptedAt: number;
}

function updateOf({ settings, object, acceptedAt }: FailureRecord, book: RuleBook): Update | undefined {
  if (settings === undefined || settings.kind === 'event') return undefined;
  const ruling = book.rulingFor(settings, false);
  if ('failure' in ruling) return undefined;
  const builder = new RunBuilder(ruling.rules);
  const partition = settings.kind === 'person' ? settings.partitionName : '';
  builder.add(parseJson(object) as JsonObject, { partition, acceptedAt });
  const run = builder.finish()[0];
  const row = run?.rows[0];
  return run && row && { type: ruling.type, run, row, acceptedAt };
}

/** Equal for those whose objects are found by the same fields. */
function groupOf({ type, run }: Update): string {
  return [type, ...run.matchBy.map(({ field }) => field.name)].join('\0');
}

/** By {@link placeOf}. */
type StoredObjects = ReadonlyMap<string, readonly ReadonlyMap<string, FieldValue>[]>;

async function storedObjects(
  reader: Reader,
  workspace: MunchkinId,
  updates: readonly Update[],
): Promise<StoredObjects> {
  const [first] = updates;
  if (first === undefined) return new Map();
  const matched = first.run.matchBy.map(({ field }) => field.name);
  const system = first.type === 'persons' ? ['updatedAt', 'partitionName'] : ['updatedAt'];
  const written = updates.flatMap(({ run }) => run.fields.map(({ name }) => name));
  const fields = [...new Set([...matched, ...system, ...written])];
  const match = { fields: matched, keys: updates.map(({ row }) => row.key) };
  const rows = await readAll(reader, workspace, { type: first.type, fields, match, limit: KEYS_AT_ONCE });
  const objects = rows.map(({ values }) => new Map(fields.map((name, at) => [name, values[at] ?? null])));
  return Map.groupBy(objects, (object) => {
    const partition = String(object.get('partitionName') ?? '');
    return placeOf(
      first,
      partition,
      matched.map((name) => object.get(name) ?? null),
    );
  });
}

async function readAll(reader: Reader, workspace: MunchkinId, page: ObjectPageRequest): Promise<readonly ObjectRow[]> {
  const rows: ObjectRow[] = [];
  for (;;) {
    const last = rows.at(-1)?.identity;
    const found = await reader.objects(workspace, last === undefined ? page : { ...page, after: last });
    rows.push(...(found?.rows ?? []));
    if (found === undefined || !found.hasMore || found.rows.length === 0) return rows;
  }
}

function placeOf({ run }: Update, partition: string, key: readonly FieldValue[]): string {
  const values = run.matchBy.map(({ ignoreCase }, at) => {
    const text = String(key[at]);
    return ignoreCase ? text.toLowerCase() : text;
  });
  return JSON.stringify([partition, ...values]);
}

function overwritten(update: Update, stored: StoredObjects): readonly string[] {
  const { run, row, acceptedAt } = update;
  const objects = stored.get(placeOf(update, row.partition, row.key)) ?? [];
  const changed = objects.filter((object) => isChangedSince(object, acceptedAt));
  const written = run.fields.filter(({ name }, at) => {
    const value = row.values[at];
    return value !== undefined && changed.some((object) => isOther(object.get(name) ?? null, value));
  });
  const matched = new Set(run.matchBy.map(({ field }) => field.name));
  return written.map(({ name }) => name).filter((name) => !matched.has(name));
}

// The store knows whole seconds: within the same one, the change is taken for the later.
function isChangedSince(object: ReadonlyMap<string, FieldValue>, acceptedAt: number): boolean {
  return Date.parse(String(object.get('updatedAt'))) >= Math.floor(acceptedAt / 1000) * 1000;
}

function isOther(present: FieldValue, value: FieldValue): boolean {
  return present !== null && String(present) !== String(value);
}
