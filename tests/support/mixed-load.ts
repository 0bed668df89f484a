/**
 * Random requests of all kinds that meet in few objects, and a store that cannot take all of them.
 * Owns: which values are trouble. Never: sends anything.
 */
import fc from 'fast-check';
import { StoreError } from '#ports/store.ts';
import type { Store } from '#ports/store.ts';
import { events, persons, purchases } from './applier-world.ts';
import type { SentEntry } from './applier-world.ts';
import { tampered } from './tampered-store.ts';

/** The store refuses every object with this value, and those beside it only as long as it is among them. */
const POISON = 'poison@b.co';
/** The store has no memory for a batch with this value among its persons. */
const HEAVY = 'heavy@b.co';

// Few values, so that objects meet.
const email = fc.constantFrom('a@b.co', 'b@b.co', 'c@b.co');
const lane = fc.constantFrom('high' as const, 'normal' as const);
const person = fc.record({
  email: fc.oneof({ weight: 9, arbitrary: email }, fc.constantFrom('', 'no email', POISON, HEAVY)),
  firstName: fc.constantFrom('x', 'y'),
});
const purchase = fc.record({
  vin: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('1', '2', '3') }, fc.constant('')),
  owner: fc.oneof({ weight: 3, arbitrary: email }, fc.constantFrom('', 'nobody@b.co')),
});
const event = fc.record({ n: fc.nat({ max: 3 }), uuid: fc.constantFrom('u1', 'u2', 'u3', 'u4') });
const action = fc.constantFrom(undefined, undefined, 'createOnly' as const, 'delete' as const);
const objects = { minLength: 1, maxLength: 6 };

/** A request of any kind, sound or not. */
export const anyEntry: fc.Arbitrary<SentEntry> = fc.oneof(
  fc.tuple(fc.array(person, objects), lane, action).map(([all, to, asked]) => {
    return persons(all, to, asked === undefined ? {} : { action: asked });
  }),
  fc.tuple(fc.array(purchase, objects), lane, action).map(([all, to, asked]) => {
    return purchases(all, to, asked === undefined ? {} : { action: asked });
  }),
  fc.array(event, objects).map((all) => events(all)),
  // An event that another has brought counts as stored.
  fc.array(event, objects).map((all) => {
    const { envelope, ...rest } = events(all);
    return { ...rest, envelope: { ...envelope, keyedBy: 'uuid' } as SentEntry['envelope'] };
  }),
  // What cannot be read fails as a whole.
  fc.constant({ ...persons([{}]), body: 'not JSON', objects: 3 }),
);
/** A store that refuses one value, and has no memory for another. */
export function picky(store: Store): Store {
  return tampered(store, (transaction) => ({
    upsertPersons: async (run) => {
      const keys = run.rows.map(({ key }) => key[0]);
      if (keys.includes(POISON)) throw new StoreError('rejected', 'poison');
      if (keys.includes(HEAVY)) throw new StoreError('memory', 'too heavy');
      return await transaction.upsertPersons(run);
    },
  }));
}
