/**
 * What the documents say of persons and custom objects, one object at a time and with no thought of speed: what the
 * applier's batches, runs and stores are held against.
 * Owns: arrays. Never: imports what it is to judge; it knows a handful of fields only.
 */

/** Values of the fields that are not null, by declared name. */
export type PlainValues = Readonly<Record<string, string | number>>;

export interface PlainObject {
  /** Persons are numbered from 1; the identity of a custom object is not compared. */
  readonly id: number;
  readonly partition: string;
  readonly values: PlainValues;
}

/** `created`, `updated`, or the code of a failure. */
export type PlainFate = string;

export interface PlainRequest {
  readonly objects: readonly Readonly<Record<string, unknown>>[];
  readonly dedupeFields: readonly string[];
  readonly partition: string;
}

/** The fields that a model knows, all texts but for those whole numbers. */
export interface PlainType {
  readonly texts: readonly string[];
  readonly integers: readonly string[];
}

export class NaiveModel {
  readonly objects: PlainObject[] = [];
  readonly #type: PlainType;

  constructor(type: PlainType) {
    this.#type = type;
  }

  apply({ objects, dedupeFields, partition }: PlainRequest): PlainFate[] {
    return objects.map((object) => this.#applyOne(object, dedupeFields, partition));
  }

  #applyOne(object: Readonly<Record<string, unknown>>, dedupeFields: readonly string[], partition: string): PlainFate {
    const byId = dedupeFields.includes('id');
    const fault = this.#fault(object, dedupeFields);
    if (fault !== undefined) return fault;
    const found = this.objects.filter(
      (known) => known.partition === partition && dedupeFields.every((name) => isSame(name, known, object[name])),
    );
    if (found.length > 1) return '1007';
    const [match] = found;
    if (match === undefined && byId) return '1004';
    const next = { id: match?.id ?? this.objects.length + 1, partition, values: merged(match?.values ?? {}, object) };
    if (match === undefined) this.objects.push(next);
    else this.objects[this.objects.indexOf(match)] = next;
    return match === undefined ? 'created' : 'updated';
  }

  // In the order in which faults count: unknown, forbidden, misfit, missing.
  #fault(object: Readonly<Record<string, unknown>>, dedupeFields: readonly string[]): string | undefined {
    const { texts, integers } = this.#type;
    const names = Object.keys(object);
    if (names.some((name) => name !== 'id' && !texts.includes(name) && !integers.includes(name))) return '1006';
    if (names.includes('id') && !dedupeFields.includes('id')) return '1011';
    const isMisfit = (name: string): boolean => typeof object[name] === 'string' && object[name] !== '';
    if (names.some((name) => integers.includes(name) && isMisfit(name))) return '1003';
    return dedupeFields.some((name) => (object[name] ?? '') === '') ? '1002' : undefined;
  }
}

function isSame(name: string, known: PlainObject, value: unknown): boolean {
  if (name === 'id') return known.id === value;
  const own = known.values[name];
  if (own === undefined) return false;
  return name === 'email' ? String(own).toLowerCase() === String(value).toLowerCase() : own === value;
}

function merged(before: PlainValues, object: Readonly<Record<string, unknown>>): PlainValues {
  const values: Record<string, string | number> = { ...before };
  for (const [name, value] of Object.entries(object)) {
    if (name === 'id') continue;
    if (typeof value === 'number' || (typeof value === 'string' && value !== '')) values[name] = value;
    else delete values[name];
  }
  return values;
}
