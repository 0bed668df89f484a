/**
 * Which object a caller means: a type and the fields that name it → what the store is asked for.
 * Owns: what may name an object, and the words for what may not. Never: looks whether there is one.
 */
import type { Workspace } from '#model/definitions.ts';
import { decideValue, isValueProblem } from '#model/field-value.ts';
import type { FieldDefinition, FieldValue } from '#model/field.ts';
import { customObjectRules } from '#model/object-rules.ts';
import { Problem, invalidInput } from '#protocols/api/problems.ts';
import type { ObjectKey } from '#ports/store-reader.ts';

/** What can be named in a workspace. */
export interface NamedType {
  /** `persons`, or the API name of a custom object type in its declared spelling. */
  readonly type: string;
  /** What the system gives each: `id` or `marketoGUID`. */
  readonly identityField: string;
  /** By lower-cased name. */
  readonly fields: ReadonlyMap<string, FieldDefinition>;
  /** By which its senders name objects, unless they choose others. */
  readonly keyFields: readonly string[];
}

export interface NamedObject extends NamedType {
  /** The fields that were given, with their values. At least one. */
  readonly key: ObjectKey;
  /** Set when it was named by what the system has given it; then it stands alone in `key`. */
  readonly identity?: number | string;
}

/** More name nothing that fewer do not, and each is compared with every object (law 6). */
const MAX_KEY_FIELDS = 5;
/** What a message lists of the fields that there are. */
const MAX_LISTED_FIELDS = 600;

/** `type` in any case. Throws the problem `custom-object-unknown`, or `invalid-input` for a table of events. */
export function namedType(workspace: Workspace, type: string): NamedType {
  if (type.toLowerCase() === 'persons') {
    return { type: 'persons', identityField: 'id', fields: workspace.personFields, keyFields: ['email'] };
  }
  const custom = workspace.customObjects.get(type.toLowerCase());
  if (custom !== undefined) {
    const { fields } = customObjectRules({ workspace, type: custom }, 'dedupeFields');
    return { type: custom.apiName, identityField: 'marketoGUID', fields, keyFields: custom.dedupeFields };
  }
  if (type.includes('.')) {
    throw invalidInput('type', 'must be persons or a custom object type: events are only appended and have no history');
  }
  const known = [...workspace.customObjects.values()].map(({ apiName }) => apiName);
  throw new Problem(
    'custom-object-unknown',
    `There is no type '${type}'; known are ${['persons', ...known].join(', ')}.`,
  );
}

/** `given`: names of fields, in any case, and their values as text. Throws the problem `invalid-input`. */
export function namedObject(type: NamedType, given: Readonly<Record<string, string>>): NamedObject {
  const names = Object.entries(given);
  if (names.length === 0) throw invalidInput('', `Name the object by its fields, such as ${example(type)}.`);
  if (names.length > MAX_KEY_FIELDS) throw invalidInput('', `Name the object by ${MAX_KEY_FIELDS} fields at most.`);
  const key = names.map(([name, text]) => named(type, name, text));
  const fields = key.map(({ field }) => field);
  const twice = fields.find((field, at) => fields.indexOf(field) < at);
  if (twice !== undefined) throw invalidInput(`?${twice}`, 'stands twice; names match without regard to case');
  const [first] = key;
  if (!fields.includes(type.identityField) || first === undefined) return { ...type, key };
  if (key.length > 1) throw invalidInput(`?${type.identityField}`, 'names an object by itself: leave the others out');
  return { ...type, key, identity: identityOf(first.value) };
}

function named(type: NamedType, name: string, text: string): ObjectKey[number] {
  const field = type.fields.get(name.toLowerCase());
  if (field === undefined)
    throw invalidInput(`?${name}`, `is no field of ${type.type}; its fields are ${listed(type)}`);
  const value = text === '' ? null : decideValue(field, text);
  if (value === null) throw invalidInput(`?${name}`, 'must have a value');
  if (isValueProblem(value)) throw invalidInput(`?${name}`, `must be a value of the type ${field.dataType}`);
  return { field: field.name, value };
}

// An id is a number that every double tells; GUIDs are kept in lower case.
function identityOf(value: FieldValue): number | string {
  return typeof value === 'string' ? value.toLowerCase() : Number(value);
}

function example({ identityField, keyFields }: NamedType): string {
  return `?${keyFields.map((field) => `${field}=…`).join('&')} or ?${identityField}=…`;
}

function listed({ identityField, keyFields, fields }: NamedType): string {
  const first = [...keyFields, identityField];
  const others = [...fields.values()].map(({ name }) => name).filter((name) => !first.includes(name));
  const text = [...first, ...others].join(', ');
  return text.length > MAX_LISTED_FIELDS ? `${text.slice(0, text.lastIndexOf(',', MAX_LISTED_FIELDS))} …` : text;
}
