/** Cars that wait for their owners: the objects that the clauses about waiting are made of, and plain ways to ask. */
import { must } from '#kit/assert.ts';
import type { CustomObjectType, FieldValue } from '#model/field.ts';
import type { NewWaitingObject, WaitingObject } from '#model/waiting.ts';
import type { StoreTransaction, WaitingLimit } from '#ports/store.ts';
import {
  ALPHA,
  EMAIL,
  field,
  FIRST_NAME,
  NOON,
  objectRun,
  type ObjectRunOptions,
  requestId,
  SCORE,
  type StoreSubject,
} from './store-subject.ts';

/** Cars are told apart by their `vin`; `owner` names a person. */
export const CARS: CustomObjectType = {
  apiName: 'cars',
  displayName: 'Cars',
  fields: [field('vin'), field('owner'), field('note')],
  dedupeFields: ['vin'],
  link: { field: 'owner', personField: 'email' },
};

export const NO_LIMIT: WaitingLimit = { objects: 1_000_000, bytes: 1_000_000_000 };

/** When a waiting car is due unless it is made otherwise. */
export const LATER: number = NOON + 300_000;

/** A batch of its own, in which persons and cars are defined. */
export async function batch<Result>(
  subject: Pick<StoreSubject, 'store'>,
  work: (transaction: StoreTransaction) => Promise<Result>,
): Promise<Result> {
  return await subject.store.transaction(ALPHA, async (transaction) => {
    await transaction.definePersons([EMAIL, FIRST_NAME, SCORE]);
    await transaction.defineCustomObject(CARS);
    return await work(transaction);
  });
}

/** What became of cars in a batch of their own. */
export async function upsertCars(
  subject: StoreSubject,
  cars: readonly Readonly<Record<string, FieldValue>>[],
  options: ObjectRunOptions = {},
): Promise<readonly string[]> {
  const run = objectRun(CARS, cars, options);
  return (await batch(subject, (transaction) => transaction.upsertCustomObjects(run))).outcomes;
}

let lastIndex = 0;

/** A car that waits for its owner. Each has an index of its own in its request, which is number 1. */
export function waitingCar(
  vin: string,
  owner: string | undefined,
  members: Partial<NewWaitingObject> = {},
): NewWaitingObject {
  lastIndex += 1;
  return {
    requestId: requestId(1),
    index: lastIndex,
    kind: 'customObject',
    type: CARS.apiName,
    settings: { kind: 'customObject', apiName: CARS.apiName, dedupeBy: 'dedupeFields' },
    object: JSON.stringify({ vin, owner }),
    keyText: JSON.stringify({ vin }),
    acceptedAt: NOON,
    reason: 'no-person',
    code: '1004',
    message: 'Lead not found',
    attempts: 1,
    nextAttemptAt: LATER,
    key: { matchBy: ['vin'], partition: '', values: [vin] },
    ...(owner !== undefined && { link: { personField: EMAIL, ignoreCase: true, value: owner.toLowerCase() } }),
    ...members,
  };
}

/** A car whose earlier version waits. */
export function carBehind(vin: string, owner?: string, members: Partial<NewWaitingObject> = {}): NewWaitingObject {
  const { nextAttemptAt: _, ...car } = waitingCar(vin, owner);
  return { ...car, reason: 'behind', ...members };
}

/** A person whose try the store could not take, matched by the email unless the members say otherwise. */
export function waitingPerson(email: string, members: Partial<NewWaitingObject> = {}): NewWaitingObject {
  return {
    ...waitingCar('', undefined),
    kind: 'person',
    type: 'persons',
    settings: { kind: 'person', partitionName: 'Default', dedupeFields: ['email'] },
    object: JSON.stringify({ email }),
    keyText: JSON.stringify({ email }),
    reason: 'transient',
    code: '503',
    message: 'Service unavailable',
    key: { matchBy: ['email'], partition: 'Default', values: [email.toLowerCase()] },
    ...members,
  };
}

/** Adds them in a batch of their own; their orders. */
export async function addWaiting(subject: StoreSubject, ...objects: NewWaitingObject[]): Promise<number[]> {
  await batch(subject, (transaction) => transaction.addWaiting(objects));
  const all = await waiting(subject);
  return objects.map(
    ({ index }) =>
      must(
        all.find((each) => each.index === index),
        'what was added waits',
      ).order,
  );
}

export async function removeWaiting(subject: StoreSubject, ...orders: number[]): Promise<void> {
  await batch(subject, (transaction) => transaction.removeWaiting(orders));
}

/** Everything that waits, by request and index. */
export async function waiting(subject: StoreSubject): Promise<readonly WaitingObject[]> {
  return await subject.reader.waiting(ALPHA, { limit: 1_000_000 });
}

/** Orders of what is due, at the beginning of all time unless given: what was woken or freed, that is. */
export async function due(subject: StoreSubject, now = 0): Promise<number[]> {
  const objects = await subject.store.transaction(ALPHA, (transaction) => transaction.dueWaiting(now, NO_LIMIT));
  return objects.map(({ order }) => order);
}

/** `undefined` where the store in the exam forgets everything when it is closed. */
export async function reopened(subject: StoreSubject): Promise<StoreSubject> {
  return (await subject.reopen?.()) ?? subject;
}
