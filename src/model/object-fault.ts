/**
 * Names the fault of an object that a run cannot take (docs/specs/persons.md, P6; docs/specs/custom-objects.md, C5).
 * Owns: which of several faults counts, and its text. Never: runs for sound objects.
 */
import { decideValue, isValueProblem } from './field-value.ts';
import type { FieldDefinition } from './field.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { ObjectRules } from './object-rules.ts';
import type { ObjectFailure } from './upsert-run.ts';

type Check = (object: JsonObject, rules: ObjectRules) => ObjectFailure | undefined;

/** In the order in which they count, whatever the order of the object's members. */
const CHECKS: readonly Check[] = [unknownField, forbiddenField, misfit, missingKey];

/** The first fault in the order of the checks; undefined when the object is sound. */
export function faultOf(object: JsonObject, rules: ObjectRules): ObjectFailure | undefined {
  for (const check of CHECKS) {
    const fault = check(object, rules);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What a message shows of a name; the object itself is kept whole beside it. */
const MAX_SHOWN_CHARACTERS = 255;

function unknownField(object: JsonObject, rules: ObjectRules): ObjectFailure | undefined {
  const name = Object.keys(object).find((key) => fieldOf(rules, key) === undefined);
  if (name === undefined) return undefined;
  return { code: '1006', message: `Field '${name.slice(0, MAX_SHOWN_CHARACTERS).toWellFormed()}' not found` };
}

function forbiddenField(object: JsonObject, rules: ObjectRules): ObjectFailure | undefined {
  for (const key of Object.keys(object)) {
    const field = fieldOf(rules, key);
    if (field?.readOnly === true && field !== rules.identity) return { code: '1011', message: forbidden(field.name) };
  }
  return undefined;
}

function forbidden(name: string): string {
  if (name === 'marketoGUID') return "Field 'marketoGUID' is not allowed when dedupeBy is 'dedupeFields'";
  return `Field '${name}' not supported`;
}

function misfit(object: JsonObject, rules: ObjectRules): ObjectFailure | undefined {
  for (const [key, json] of Object.entries(object)) {
    const field = fieldOf(rules, key);
    if (field === undefined) continue;
    const value = decideValue(field, json);
    if (isValueProblem(value)) return { code: '1003', message: value.message };
  }
  return undefined;
}

function missingKey(object: JsonObject, rules: ObjectRules): ObjectFailure | undefined {
  const missing = rules.matchBy.find(({ field }) => isEmpty(lastValue(object, field)));
  if (missing === undefined) return undefined;
  return { code: '1002', message: `Missing value for the required parameter '${missing.field.name}'` };
}

// Of two spellings of one name the last counts, as of one key given twice.
function lastValue(object: JsonObject, field: FieldDefinition): JsonValue | undefined {
  const name = field.name.toLowerCase();
  return Object.entries(object).findLast(([key]) => key.toLowerCase() === name)?.[1];
}

/** No value to match by. A boolean that is cleared is false, and yet none was given. */
export function isEmpty(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === '';
}

function fieldOf(rules: ObjectRules, key: string): FieldDefinition | undefined {
  return rules.fields.get(key.toLowerCase());
}
