/**
 * Members of a JSON body, read one by one.
 * Owns: what a missing and a mistyped member give, and the warning about unknown ones. Never: knows a call.
 */
import { isJsonObject } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';
import { blank, invalidValue, restError, shown } from './errors.ts';

/** Records in one call, as documented. */
export const MAX_RECORDS = 300;

/** A member that is `null` counts as absent. */
export class Members {
  readonly #object: JsonObject;
  /** Of the object in the body, such as `input[2].`; empty for the body itself. */
  readonly #place: string;
  readonly #known = new Set<string>();

  constructor(object: JsonObject, place = '') {
    this.#object = object;
    this.#place = place;
  }

  text(name: string): string | undefined {
    const value = this.#member(name);
    if (value === undefined || typeof value === 'string') return value;
    throw this.#mistyped(name, 'string');
  }

  /** Throws a {@link RestError} (701) when it is missing or empty. */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw blank(this.#place + name);
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.#member(name);
    if (value === undefined || typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    throw this.#mistyped(name, 'boolean');
  }

  /** Throws a {@link RestError} (1003) when it is none of the choices. */
  choice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const choice = choices.find((each) => each === value);
    if (choice === undefined) throw restError('1003', `${this.#place}${name} must be ${choices.join(', ')}`);
    return choice;
  }

  object(name: string): JsonObject | undefined {
    const value = this.#member(name);
    if (value === undefined || isJsonObject(value)) return value;
    throw this.#mistyped(name, 'object');
  }

  /** The records of a call: 1 to {@link MAX_RECORDS} objects. */
  records(name: string): readonly JsonObject[] {
    const value = this.#member(name);
    if (value === undefined) throw blank(this.#place + name);
    if (!Array.isArray(value)) throw this.#mistyped(name, 'array');
    const list = value as readonly JsonValue[];
    if (list.length === 0) throw blank(this.#place + name);
    if (list.length > MAX_RECORDS) {
      throw restError('1003', `${name} has ${list.length} records, at most ${MAX_RECORDS} are allowed`);
    }
    const stranger = list.findIndex((each) => !isJsonObject(each));
    if (stranger !== -1) throw invalidValue(JSON.stringify(list[stranger]), 'object');
    return list as readonly JsonObject[];
  }

  /**
   * A warning for each member that was not asked for. Members of other names are not refused, since real clients send
   * some (marketorestpython 0.5.25 `asyncProcessing` with a space behind it), and not passed over in silence.
   */
  warnings(): readonly string[] {
    return Object.keys(this.#object)
      .filter((name) => !this.#known.has(name))
      .map((name) => `Member '${this.#place}${shown(name)}' is unknown here and was ignored`);
  }

  #member(name: string): JsonValue | undefined {
    this.#known.add(name);
    return this.#object[name] ?? undefined;
  }

  #mistyped(name: string, wanted: string): Error {
    const value = this.#object[name];
    return invalidValue(
      typeof value === 'string' ? value : JSON.stringify(value),
      `${wanted}' of '${this.#place}${name}`,
    );
  }
}

/** The members of a body. Throws a {@link RestError}: 609 without one, 1001 when it is no object. */
export function membersOf(json: JsonValue | undefined): Members {
  if (json === undefined) throw restError('609', 'the body must be a JSON object, sent as application/json');
  if (!isJsonObject(json)) throw restError('609', 'the body must be a JSON object');
  return new Members(json);
}
