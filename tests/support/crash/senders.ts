/**
 * Senders: what each of them sends next.
 * Owns: the mix of good and bad objects, and which sender owns which key. Never: sends.
 */
import type { Priority } from '#model/words.ts';
import type { EventContent, FieldContent, ObjectContent, RequestContent, SentEvent, SentObject } from './ledger.ts';
import type { SeededRandom } from './seeded-random.ts';

const DATABASE = 'crash';
const KEYS_PER_LANE = 20;
const MAX_EVENTS = 4;
const MAX_OBJECTS = 8;
/** Requests of a sender between two new tables. */
const TABLE_LIFETIME = 100;

/** What the senders of custom objects need: `PUT W/custom-objects/parcels`. */
export const PARCEL_TYPE = {
  fields: [
    { name: 'code', dataType: 'string', length: 64 },
    { name: 'version', dataType: 'integer' },
    { name: 'note', dataType: 'string', length: 64 },
  ],
  dedupeFields: ['code'],
} as const;

/** One connection's worth of requests, in order. */
export interface Sender {
  readonly name: string;
  readonly next: () => RequestContent;
}

/** In each crew: four senders of events, three of persons, two of custom objects. */
export function createSenders(random: SeededRandom, crews = 1): readonly Sender[] {
  return range(crews).flatMap((crew) => [
    ...range(4).map((at) => createSender(`e${crew}${at}`, random.fork(), nextEvents)),
    ...range(3).map((at) => createSender(`p${crew}${at}`, random.fork(), nextPersons)),
    ...range(2).map((at) => createSender(`c${crew}${at}`, random.fork(), nextParcels)),
  ]);
}

/** Which request of which sender is to be made. */
interface Turn {
  readonly sender: string;
  readonly number: number;
  readonly random: SeededRandom;
}

function createSender(name: string, random: SeededRandom, make: (turn: Turn) => RequestContent): Sender {
  let number = 0;
  return { name, next: () => make({ sender: name, number: (number += 1), random }) };
}

function nextEvents(turn: Turn): EventContent {
  const { number, random } = turn;
  const table = random.oneIn(4) ? `n${Math.floor(number / TABLE_LIFETIME)}` : `t${random.integer(0, 2)}`;
  const common = { kind: 'event', type: `${DATABASE}.${table}` } as const;
  if (random.oneIn(30)) return { ...common, malformed: true, body: '[1,2', events: [] };
  const events = random.oneIn(3) ? range(random.integer(1, MAX_EVENTS)) : [0];
  const sent = events.map((index) => eventOf(turn, index));
  const body = JSON.stringify(sent.length === 1 ? sent[0] : sent);
  return { ...common, malformed: false, body, events: sent };
}

// The keys make columns as they come, and one of them widens its column's type.
function eventOf({ sender, number, random }: Turn, index: number): SentEvent {
  const values: readonly unknown[] = [number, `text ${number}`, number % 2 === 0, { nested: [number, null] }, 0.5];
  return {
    sender,
    number,
    index,
    mixed: random.pick(values),
    [`key${random.integer(0, 25)}`]: number,
    big: 9_007_199_254_740_991,
  };
}

function nextPersons(turn: Turn): ObjectContent {
  return nextObjects(turn, { kind: 'person', type: 'persons', list: 'persons', keyField: 'email', make: personOf });
}

function nextParcels(turn: Turn): ObjectContent {
  return nextObjects(turn, {
    kind: 'customObject',
    type: 'parcels',
    list: 'customObjects',
    keyField: 'code',
    make: parcelOf,
  });
}

interface ObjectSort extends Pick<ObjectContent, 'kind' | 'type'> {
  /** The body's member that holds the objects. */
  readonly list: string;
  readonly keyField: string;
  readonly make: (turn: Turn, key: string) => SentObject;
}

function nextObjects(turn: Turn, { kind, type, list, keyField, make }: ObjectSort): ObjectContent {
  const { sender, number, random } = turn;
  const priority: Priority = number % 2 === 0 ? 'high' : 'normal';
  const common = { kind, type, priority, correlationId: `${sender}-${number}` };
  if (random.oneIn(30)) return { ...common, malformed: true, body: JSON.stringify({ [list]: [] }), objects: [] };
  const objects = range(random.integer(1, MAX_OBJECTS)).map(() =>
    make(turn, `${sender}.${priority}.${random.integer(1, KEYS_PER_LANE)}@example.com`),
  );
  const bodies = objects.map(({ key, fields }) => ({ ...(key !== undefined && { [keyField]: key }), ...fields }));
  return { ...common, malformed: false, body: JSON.stringify({ priority, [list]: bodies }), objects };
}

function personOf({ number, random }: Turn, key: string): SentObject {
  if (random.oneIn(12)) return { key, fields: { leadScore: '14.1' }, failsWith: '1003' };
  if (random.oneIn(12)) return { key, fields: { leadScore: number, shoeSize: 44 }, failsWith: '1006' };
  if (random.oneIn(12)) return { key: undefined, fields: { leadScore: number }, failsWith: '1002' };
  return {
    key,
    fields: { leadScore: number, ...maybe(random, 'firstName', number), ...maybe(random, 'lastName', number) },
  };
}

function parcelOf({ number, random }: Turn, key: string): SentObject {
  if (random.oneIn(12)) return { key: undefined, fields: { version: number }, failsWith: '1002' };
  if (random.oneIn(12)) return { key, fields: { version: 'new' }, failsWith: '1003' };
  return { key, fields: { version: number, ...maybe(random, 'note', number) } };
}

// Absent leaves the field as it was, null clears it.
function maybe(random: SeededRandom, field: string, number: number): Record<string, FieldContent> {
  if (random.oneIn(2)) return {};
  return { [field]: random.oneIn(5) ? null : `${field} ${number}` };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
