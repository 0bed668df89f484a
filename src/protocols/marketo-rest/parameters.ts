/**
 * The parameters of a reading call, wherever a client puts them: query, form body, or members of a JSON body.
 * Owns: lists in one text or in several, and what an integer is. Never: knows a call.
 */
import { isJsonObject } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';
import type { RestBody } from './body.ts';
import { blank, invalidValue } from './errors.ts';

export class RestParameters {
  readonly #texts: readonly URLSearchParams[];
  readonly #json: JsonObject;

  constructor(query: string, { form, json }: RestBody) {
    this.#texts = [new URLSearchParams(query), form];
    this.#json = json !== undefined && isJsonObject(json) ? json : {};
  }

  /** The first that is there and not empty. */
  text(name: string): string | undefined {
    return this.#all(name).find((value) => value !== '');
  }

  /** Throws a {@link RestError} (701) when it is missing. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw blank(name);
    return value;
  }

  /** All values: given once with commas, several times, or as a JSON array, whose values may hold commas. */
  list(name: string): readonly string[] {
    const given = this.#json[name];
    const whole = Array.isArray(given) ? jsonTexts(given) : [];
    const joined = Array.isArray(given) ? this.#inTexts(name) : this.#all(name);
    const values = joined.flatMap((value) => value.split(',')).map((value) => value.trim());
    return [...values, ...whole].filter((value) => value !== '');
  }

  /** Throws a {@link RestError} (1001) when it is no number from 1 on. Greater ones count as `greatest`. */
  count(name: string, greatest: number): number {
    const value = this.text(name);
    if (value === undefined) return greatest;
    if (!/^\d{1,9}$/.test(value) || Number(value) === 0) throw invalidValue(value, 'integer');
    return Math.min(Number(value), greatest);
  }

  /** The objects of a query by compound key. Undefined when the body has no such list. */
  objects(name: string): readonly JsonObject[] | undefined {
    const value = this.#json[name];
    if (!Array.isArray(value)) return undefined;
    const list = value as readonly JsonValue[];
    const stranger = list.find((each) => !isJsonObject(each));
    if (stranger !== undefined) throw invalidValue(JSON.stringify(stranger), 'object');
    return list as readonly JsonObject[];
  }

  #all(name: string): readonly string[] {
    return [...this.#inTexts(name), ...jsonTexts(this.#json[name])];
  }

  #inTexts(name: string): readonly string[] {
    return this.#texts.flatMap((texts) => texts.getAll(name));
  }
}

function jsonTexts(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap(jsonTexts);
  if (value === undefined || value === null || isJsonObject(value)) return [];
  return [typeof value === 'string' ? value : JSON.stringify(value)];
}
