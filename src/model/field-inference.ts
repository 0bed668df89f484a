/**
 * Which fields objects name that nobody has defined, and what types their values call for
 * (`--unknown-fields add`; docs/specs/gateway.md, G6). Pure.
 * Owns: the types that are inferred. Never: makes a field, or judges an object; the applier does, by the field made.
 */
import { mayNameField } from './field-rules.ts';
import type { WantedField } from './field-rules.ts';
import { decideValue, isValueProblem } from './field-value.ts';
import type { DataType } from './field.ts';
import { isExactNumber } from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** Names of fields that are there, in lower case. */
export type DefinedFields = Pick<ReadonlyMap<string, unknown>, 'has'>;

/**
 * Fields to be made, in the order in which the objects first give them a value, each in the spelling of that place;
 * at most `most` (law 6). A field has the narrowest type that holds its values, of those that hold its first value's
 * kind. Names that no field may have make none, nor do values that no type holds: null, `""`, arrays, objects, and
 * what is too large, too long or too fine.
 */
export function inferFields(
  objects: readonly JsonObject[],
  defined: DefinedFields,
  most: number,
): readonly WantedField[] {
  const found = new Map<string, Inferred>();
  for (const object of objects) {
    for (const name of Object.keys(object)) {
      const key = name.toLowerCase();
      if (defined.has(key)) continue;
      const before = found.get(key);
      if (before === undefined && (found.size >= most || !mayNameField(name))) continue;
      const after = inferred(before, name, object[name] as JsonValue);
      if (after !== undefined) found.set(key, after);
    }
  }
  return [...found.values()].map(({ name, types, at }) => ({ name, dataType: types[at] as DataType }));
}

interface Inferred {
  readonly name: string;
  /** The types of one kind of values, narrow ones first: each holds what those before it hold. */
  readonly types: readonly DataType[];
  /** Of the narrowest that holds the values so far. */
  readonly at: number;
}

const TEXTS: readonly DataType[] = ['string', 'text'];
const NUMBERS: readonly DataType[] = ['integer', 'float'];
const BOOLEANS: readonly DataType[] = ['boolean'];

// A value of another kind than the first leaves the field as it is, and its object to be judged by it.
function inferred(before: Inferred | undefined, name: string, value: JsonValue): Inferred | undefined {
  const types = typesFor(value);
  if (types === undefined || (before !== undefined && types !== before.types)) return before;
  const at = types.findIndex((dataType, place) => place >= (before?.at ?? 0) && holds(dataType, value));
  return at === -1 || at === before?.at ? before : { name: before?.name ?? name, types, at };
}

function typesFor(value: JsonValue): readonly DataType[] | undefined {
  if (value === null || value === '') return undefined;
  if (typeof value === 'string') return TEXTS;
  if (typeof value === 'boolean') return BOOLEANS;
  return typeof value === 'number' || isExactNumber(value) ? NUMBERS : undefined;
}

function holds(dataType: DataType, value: JsonValue): boolean {
  return !isValueProblem(decideValue({ name: '', displayName: '', dataType }, value));
}
