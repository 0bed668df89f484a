/**
 * Pages of persons and custom objects in memory.
 * Owns: how a stored object reads, field by field. Never: changes one.
 */
import type { FieldValue } from '#model/field.ts';
import type { ObjectPage, ObjectPageRequest } from '#ports/store-reader.ts';
import type { StoredObject, StoredObjects, WorkspaceTables } from './store-tables.ts';

/** The rows of `persons` or of a custom object type. Undefined: no such type. */
export function objectsOf(tables: WorkspaceTables, type: string): StoredObjects | undefined {
  const name = type.toLowerCase();
  return name === 'persons' ? tables.persons : tables.customObjects.get(name);
}

export function objectPage(objects: StoredObjects, page: ObjectPageRequest): ObjectPage {
  const { fields, after, limit } = page;
  const found = [...objects.rows.values()]
    .filter((object) => after === undefined || object.identity > after)
    .filter((object) => isWanted(objects, object, page))
    .sort((a, b) => (a.identity < b.identity ? -1 : 1));
  const rows = found.slice(0, limit).map((object) => ({
    identity: object.identity,
    values: fields.map((name) => valueOf(object, name)),
  }));
  return { rows, hasMore: found.length > limit };
}

function isWanted({ fields }: StoredObjects, object: StoredObject, { match }: ObjectPageRequest): boolean {
  if (match === undefined) return true;
  const ignoresCase = match.fields.map((name) => fields.get(name.toLowerCase())?.dataType === 'email');
  const own = match.fields.map((name) => valueOf(object, name));
  return match.keys.some((key) => own.every((value, at) => isEqual(value, key[at] ?? null, ignoresCase[at] === true)));
}

function isEqual(value: FieldValue, wanted: FieldValue, ignoreCase: boolean): boolean {
  if (value === null || wanted === null || isText(value) !== isText(wanted)) return false;
  return ignoreCase ? String(value).toLowerCase() === String(wanted).toLowerCase() : String(value) === String(wanted);
}

function isText(value: FieldValue): boolean {
  return typeof value === 'string';
}

function valueOf(object: StoredObject, name: string): FieldValue {
  const lower = name.toLowerCase();
  const system = typeof object.identity === 'number' ? PERSON_SYSTEM_FIELDS : OBJECT_SYSTEM_FIELDS;
  return system[lower]?.(object) ?? object.values.get(lower) ?? null;
}

type SystemFields = Readonly<Record<string, (object: StoredObject) => FieldValue>>;

const SYSTEM_FIELDS: SystemFields = {
  createdat: ({ createdAt }) => moment(createdAt),
  updatedat: ({ updatedAt }) => moment(updatedAt),
};
const PERSON_SYSTEM_FIELDS: SystemFields = {
  ...SYSTEM_FIELDS,
  id: ({ identity }) => identity,
  partitionname: ({ partition }) => partition,
};
const OBJECT_SYSTEM_FIELDS: SystemFields = { ...SYSTEM_FIELDS, marketoguid: ({ identity }) => identity };

function moment(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
