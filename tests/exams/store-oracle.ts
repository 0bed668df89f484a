/**
 * Random batches for stores, put to each as an applier would: what has to wait is added, what is due is tried again.
 * Owns: what a batch may hold, and what of it is to be the same in every store. Never: compares.
 */
import fc from 'fast-check';
import { must } from '#kit/assert.ts';
import type { CellValue } from '#model/event-table.ts';
import type { FieldValue } from '#model/field.ts';
import type { MatchField, UpsertAction } from '#model/upsert.ts';
import { EMAIL, field, FIRST_NAME, SCORE } from './store-subject.ts';

/** Objects that match alike and are to be treated alike. */
export type Step = PersonStep | CarStep;

export interface PersonStep {
  readonly kind: 'person';
  readonly action: UpsertAction;
  readonly objects: readonly Readonly<Record<string, FieldValue>>[];
  readonly matchBy: 'email' | 'firstName' | 'both' | 'turned' | 'id';
  readonly multipleMatches: 'fail' | 'update-most-recent';
  readonly partition: string;
}

export interface CarStep {
  readonly kind: 'car';
  readonly action: UpsertAction;
  readonly objects: readonly Readonly<Record<string, FieldValue>>[];
  readonly by: 'vin' | 'guid';
  /** By what its owner is named. */
  readonly names: 'email' | 'firstName';
}

export interface Batch {
  readonly steps: readonly Step[];
  /** Objects that wait without having been tried. */
  readonly aside: readonly Step[];
  /** Tries again what is due so many milliseconds after noon. */
  readonly retries: { readonly at: number; readonly objects: number; readonly bytes: number } | null;
  /** Ends the waiting objects of the request of this batch. */
  readonly cancels: number | null;
  /** Whether what ended is removed before the others are postponed, or after. */
  readonly removesFirst: boolean;
  /** Until what waits is due, in milliseconds after noon. */
  readonly delayMs: number;
  readonly failures: number;
  /** Of which batch a failure is replayed. */
  readonly replays: number | null;
  /** Forgets what was accepted before so many milliseconds after noon, or is too much. */
  readonly retains: { readonly after: number; readonly maxBytes: number } | null;
  readonly seconds: number;
  readonly events: readonly CellValue[];
  /** Claims to idempotency keys, within {@link WINDOW_MS} after the batch's time. */
  readonly claims: readonly { readonly key: string; readonly after: number }[];
  readonly ends: 'commits' | 'rolls back';
  readonly reopens: boolean;
}

/** Of idempotency keys. */
export const WINDOW_MS = 1_000;

export const MATCHES: Readonly<Record<PersonStep['matchBy'], readonly MatchField[]>> = {
  email: [{ field: EMAIL, ignoreCase: true }],
  firstName: [{ field: FIRST_NAME, ignoreCase: false }],
  both: [
    { field: FIRST_NAME, ignoreCase: false },
    { field: EMAIL, ignoreCase: true },
  ],
  turned: [
    { field: EMAIL, ignoreCase: true },
    { field: FIRST_NAME, ignoreCase: false },
  ],
  id: [{ field: field('id', 'integer'), ignoreCase: false }],
};

export const PERSON_FIELDS: readonly [typeof EMAIL, ...(typeof EMAIL)[]] = [EMAIL, FIRST_NAME, SCORE, field('note')];

/** Each of these so many times as often. */
function oftener<Choice extends string>(weights: Readonly<Record<Choice, number>>): fc.Arbitrary<Choice> {
  const choices = Object.entries(weights).map(([choice, weight]) => ({
    weight: Number(weight),
    arbitrary: fc.constant(choice as Choice),
  }));
  return fc.oneof(...choices);
}

const email = fc.constantFrom('a@b.c', 'A@b.c', 'b@b.c', 'c@b.c', 'd@b.c');
const firstName = fc.constantFrom('Ann', 'ann', 'Bob');

const person = fc.record(
  {
    email,
    firstName: fc.oneof({ weight: 4, arbitrary: firstName }, fc.string({ unit: 'grapheme', minLength: 1 })),
    id: fc.integer({ min: 1, max: 12 }),
    leadScore: fc.option(fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 60n) }))),
    note: fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\u0001', '\u0001\u0001'))),
  },
  { requiredKeys: ['email', 'firstName', 'id'] },
);

const personStep: fc.Arbitrary<PersonStep> = fc
  .record({
    kind: fc.constant('person' as const),
    action: oftener<UpsertAction>({ createOrUpdate: 8, createOnly: 1, updateOnly: 2, createDuplicate: 1, delete: 2 }),
    objects: fc.array(person, { maxLength: 6 }),
    matchBy: oftener<PersonStep['matchBy']>({ email: 8, firstName: 3, both: 2, turned: 2, id: 1 }),
    multipleMatches: fc.constantFrom('fail' as const, 'update-most-recent' as const),
    partition: oftener({ Default: 5, EMEA: 1 }),
  })
  // By an id nothing is created, and a duplicate least of all.
  .map((step) => (step.matchBy === 'id' && step.action === 'createDuplicate' ? { ...step, matchBy: 'email' } : step));

const carStep: fc.Arbitrary<CarStep> = fc.record({
  kind: fc.constant('car' as const),
  action: oftener<UpsertAction>({ createOrUpdate: 10, createOnly: 1, updateOnly: 1, createDuplicate: 0, delete: 1 }),
  objects: fc.array(
    fc.record(
      {
        vin: fc.constantFrom('U', 'V', 'W'),
        owner: fc.option(fc.oneof(email, firstName), { freq: 4 }),
        note: fc.option(fc.constantFrom('x', 'y')),
      },
      { requiredKeys: ['vin'] },
    ),
    { maxLength: 4 },
  ),
  by: oftener<CarStep['by']>({ vin: 6, guid: 1 }),
  names: oftener<CarStep['names']>({ email: 3, firstName: 1 }),
});

const step: fc.Arbitrary<Step> = fc.oneof(personStep, carStep);

export const batches: fc.Arbitrary<Batch[]> = fc.array(
  fc.record<Batch>({
    steps: fc.array(step, { maxLength: 3 }),
    aside: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(step, { maxLength: 1 })),
    retries: fc.option(
      fc.record({
        at: fc.constantFrom(0, 10, 1_000),
        objects: fc.constantFrom(1, 3, 100),
        bytes: fc.constantFrom(1, 150, 1_000_000),
      }),
      { freq: 2 },
    ),
    cancels: fc.option(fc.nat(5), { freq: 3 }),
    removesFirst: fc.boolean(),
    delayMs: fc.constantFrom(0, 5, 10, 500),
    failures: fc.nat(2),
    replays: fc.option(fc.nat(5), { freq: 3 }),
    retains: fc.option(fc.record({ after: fc.nat(8), maxBytes: oftener({ '100000': 3, '1000': 1 }).map(Number) }), {
      freq: 2,
    }),
    seconds: fc.nat(5),
    events: fc.array(fc.option(fc.string({ unit: 'binary' }).map(withoutNul)), { maxLength: 4 }),
    claims: fc.array(fc.record({ key: fc.constantFrom('a', 'A', 'b'), after: fc.constantFrom(0, 400, WINDOW_MS) }), {
      maxLength: 3,
    }),
    ends: oftener<Batch['ends']>({ commits: 5, 'rolls back': 1 }),
    reopens: fc.constantFrom(true, false, false),
  }),
  { minLength: 1, maxLength: 8, size: 'max' },
);

/** Only the first object of each key, as folding leaves them; without NUL, which no stored text has. */
export function folded<Each extends Step>(each: Each): Each {
  const seen = new Set<string>();
  const objects: Readonly<Record<string, FieldValue>>[] = [];
  for (const object of each.objects) {
    const row = Object.fromEntries(Object.entries(object).map(([name, value]) => [name, clean(value)]));
    if (each.kind === 'person' && each.matchBy !== 'id') delete row['id'];
    const key = JSON.stringify(keyOf(each, row));
    if (seen.has(key) && each.action !== 'createDuplicate') continue;
    seen.add(key);
    objects.push(row);
  }
  return { ...each, objects };
}

/** The values that an object is matched by; of a car its `vin`, by whatever it is matched. */
export function keyOf(each: Step, object: Readonly<Record<string, FieldValue>>): FieldValue[] {
  if (each.kind === 'car') return [object['vin'] ?? null];
  return MATCHES[each.matchBy].map(({ field: { name }, ignoreCase }) => {
    const value = must(object[name], 'an object has its key');
    return ignoreCase ? String(value).toLowerCase() : value;
  });
}

function clean(value: FieldValue): FieldValue {
  return typeof value === 'string' ? withoutNul(value) : value;
}

function withoutNul(text: string): string {
  return text.replaceAll('\0', '\u{FFFD}');
}
