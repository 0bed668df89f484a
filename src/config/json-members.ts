/**
 * Readers of JSON members that collect problems instead of stopping at the first.
 * After a problem they return an empty value, which nobody uses, since problems end the start.
 */
import { unknownName } from './config-error.ts';

/** Where in a document a value stands, such as `inlet.json: bootstrap.workspaces[0]`, and where problems go. */
export interface Place {
  readonly where: string;
  readonly problems: string[];
}

type Reader<Value> = (value: unknown, place: Place) => Value;

export function inside({ where, problems }: Place, member: string): Place {
  return { where: `${where}.${member}`, problems };
}

/** Notes that the value must be something else. The value itself may be a secret and is not shown (law 8). */
export function mustBe(place: Place, value: unknown, allowed: string): void {
  place.problems.push(`${place.where}: ${value === undefined ? 'is missing; it' : 'is wrong; it'} must be ${allowed}.`);
}

export function object(value: unknown, known: readonly string[], place: Place): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    mustBe(place, value, `an object with ${known.join(', ')}`);
    return {};
  }
  for (const member of Object.keys(value)) {
    if (!known.includes(member)) place.problems.push(`${place.where}: ${unknownName(member, 'member', known)}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** An absent list is empty. */
export function list<Item>(value: unknown, place: Place, read: Reader<Item>): Item[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) {
    return value.map((item, index) => read(item, { ...place, where: `${place.where}[${index}]` }));
  }
  mustBe(place, value, 'a list');
  return [];
}

/** As {@link list}, for one that would open nothing when it is empty. */
export function filledList<Item>(value: unknown, place: Place, read: Reader<Item>): Item[] {
  const items = list(value, place, read);
  if (Array.isArray(value) && items.length === 0) mustBe(place, value, 'a list that is not empty');
  return items;
}

export function optional<Value>(value: unknown, place: Place, read: Reader<Value>): Value | undefined {
  return value === undefined ? undefined : read(value, place);
}

export function text(value: unknown, place: Place): string {
  if (typeof value === 'string' && value !== '') return value;
  mustBe(place, value, 'a string that is not empty');
  return '';
}

/** What travels in a header: visible ASCII characters without spaces. */
export function token(value: unknown, place: Place): string {
  if (typeof value === 'string' && /^[!-~]+$/u.test(value)) return value;
  mustBe(place, value, 'a string of visible ASCII characters without spaces');
  return '';
}

/** What RFC 6750, section 2.1 allows after `Bearer`. */
export function bearerToken(value: unknown, place: Place): string {
  if (typeof value === 'string' && /^[\w.~+/-]+=*$/u.test(value)) return value;
  mustBe(place, value, 'a string of letters, digits and - . _ ~ + /, with = at its end only');
  return '';
}

/** One of the words in the keys of `meanings`. */
export function word<Meaning>(meanings: ReadonlyMap<string, Meaning>, fallback: Meaning): Reader<Meaning> {
  return (value, place) => {
    const meaning = typeof value === 'string' ? meanings.get(value) : undefined;
    if (meaning === undefined) mustBe(place, value, [...meanings.keys()].join(' or '));
    return meaning ?? fallback;
  };
}
