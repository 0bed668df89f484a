/**
 * One store of the comparison: batches are applied to it, and what of it must be the same in every store is told.
 * Owns: names for what stores number as they like, marketoGUIDs and orders. Never: compares.
 */
import { must } from '#kit/assert.ts';
import type { UpsertAnswer } from '#model/upsert.ts';
import type { NewWaitingObject, WaitingKey, WaitingObject } from '#model/waiting.ts';
import type { Position } from '#model/words.ts';
import type { StoreTransaction } from '#ports/store.ts';
import { without } from './store-faults.ts';
import {
  type Batch,
  type CarStep,
  folded,
  keyOf,
  MATCHES,
  PERSON_FIELDS,
  type Step,
  WINDOW_MS,
} from './store-oracle.ts';
import { historyOf, keepHistory, withSomeObjects } from './store-oracle-history.ts';
import { claimsOf, counts, recordFailures, recordRequest, requestOf } from './store-oracle-records.ts';
import {
  ALPHA,
  EMAIL,
  eventColumn,
  eventRows,
  eventTable,
  FIRST_NAME,
  NOON,
  objectRun,
  personRun,
  readEvents,
  type StoreSubject,
} from './store-subject.ts';
import { CARS, NO_LIMIT } from './store-waiting-subject.ts';

const TABLE = eventTable([eventColumn('v', 'text')]);

/** Objects of one batch are numbered from its own thousand on. */
const INDEXES_A_BATCH = 1_000;

/** What the store said while a batch was applied. */
interface Heard {
  readonly said: unknown[];
  readonly waits: NewWaitingObject[];
}

export class OracleWorld implements AsyncDisposable {
  #subject: StoreSubject;
  /** Of each object that has ever waited, what it is tried again by. */
  readonly #tries = new Map<number, Step>();
  readonly #guids = new Map<string, string>();
  #guidOf: ReadonlyMap<string, string> = new Map();

  constructor(subject: StoreSubject) {
    this.#subject = subject;
  }

  /** What the store said, or that the batch was rolled back. */
  async apply(batch: Batch, n: number): Promise<unknown> {
    await this.#lookUpGuids();
    const heard: Heard = { said: [], waits: [] };
    const work = this.#subject.store.transaction(ALPHA, async (transaction) => {
      await this.#applyWithin(transaction, { batch, n, heard });
      if (batch.ends === 'rolls back') throw new RangeError('the caller gives up');
    });
    const end = await work.catch((error: unknown) => {
      if (error instanceof RangeError) return 'rolled back';
      throw error;
    });
    if (batch.reopens) this.#subject = (await this.#subject.reopen?.()) ?? this.#subject;
    return [heard.said, end];
  }

  async contents(): Promise<unknown> {
    const { store, reader, objects } = this.#subject;
    const waiting = await reader.waiting(ALPHA, { limit: 1_000 });
    const requests = await reader.requests(ALPHA, { limit: 1_000 });
    const cars = await objects(ALPHA, CARS.apiName);
    return {
      persons: await objects(ALPHA, 'persons'),
      cars: cars.map(({ identity, ...car }) => ({ ...car, name: this.#nameOf(identity) })).sort(byName),
      waiting: waiting.map(withoutOrder),
      order: waiting.toSorted((a, b) => a.order - b.order).map(({ index }) => index),
      waitingObjects: (await store.waiting(ALPHA)).objects,
      isAnyDue: (await store.waiting(ALPHA)).nextDueAt !== undefined,
      requests,
      results: await Promise.all(requests.map(({ requestId: id }) => reader.results(ALPHA, id))),
      failures: await reader.failures(ALPHA, { limit: 1_000 }),
      events: await readEvents(this.#subject),
      history: await historyOf(reader, requests, (identity) => this.#nameOf(identity)),
      totals: await reader.totals(ALPHA),
      checkpoint: await store.checkpoint(ALPHA),
      tables: await reader.eventTables(ALPHA),
    };
  }

  /** When the store says that something is due, for it may say so too early, but never too late. */
  async nextDueAt(): Promise<number> {
    return (await this.#subject.store.waiting(ALPHA)).nextDueAt ?? Infinity;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subject[Symbol.asyncDispose]();
  }

  async #lookUpGuids(): Promise<void> {
    await this.#subject.store.transaction(ALPHA, (transaction) => transaction.defineCustomObject(CARS));
    const cars = await this.#subject.objects(ALPHA, CARS.apiName);
    this.#guidOf = new Map(cars.map(({ identity, values }) => [String(values.get('vin')), String(identity)]));
  }

  async #applyWithin(transaction: StoreTransaction, batch: Applying): Promise<void> {
    const { batch: given, n, heard } = batch;
    const due = await this.#due(transaction, given);
    const cancelled = given.cancels === null ? [] : await transaction.waitingOf(requestOf(given.cancels), NO_LIMIT);
    heard.said.push(due.map(withoutOrder), cancelled.map(withoutOrder));
    await transaction.definePersons(PERSON_FIELDS);
    await transaction.defineEventTable(TABLE);
    heard.said.push(await transaction.claimKeys({ ...TABLE, claims: claimsOf(given, n), windowMs: WINDOW_MS }));
    for (const each of given.steps.map(folded)) await this.#step(transaction, each, batch);
    for (const each of given.aside.map(folded)) {
      for (const at of each.objects.keys())
        this.#wait(batch, { ...each, objects: [must(each.objects[at], 'one')] }, 'transient');
    }
    const ended = new Set(cancelled.map(({ order }) => order));
    await this.#tryAgain(
      transaction,
      due.filter(({ order }) => !ended.has(order)),
      { ...batch, ended: [...cancelled] },
    );
    await transaction.addWaiting(heard.waits);
    await recordRequest(transaction, n, heard.waits.length);
    await recordFailures(transaction, given, n);
    await transaction.appendEvents(eventRows(TABLE, 'v', given.events));
    await keepHistory(transaction, given, n);
    await transaction.advance('normal', n as Position);
  }

  async #due(transaction: StoreTransaction, { retries }: Batch): Promise<readonly WaitingObject[]> {
    return retries === null ? [] : await transaction.dueWaiting(NOON + retries.at, retries);
  }

  async #step(transaction: StoreTransaction, each: Step, batch: Applying): Promise<void> {
    const answer = await this.#upsert(transaction, each, { n: batch.n, seconds: batch.batch.seconds });
    batch.heard.said.push(this.#named(answer));
    if (each.kind === 'person') {
      const identities = answer.identities.flatMap((identity) => identity ?? []);
      const outcome = { outcome: 'updated', requestId: requestOf(batch.n) } as const;
      const first = batch.heard.said.length * 100;
      await transaction.recordResults(identities.map((identity, at) => ({ ...outcome, index: first + at, identity })));
    }
    for (const [at, outcome] of answer.outcomes.entries()) {
      if (outcome !== 'behind' && outcome !== 'no-person') continue;
      this.#wait(batch, { ...each, objects: [must(each.objects[at], 'each outcome has its object')] }, outcome);
    }
  }

  /** Once for each, in order, as if each were a run of its own. */
  async #tryAgain(
    transaction: StoreTransaction,
    due: readonly WaitingObject[],
    { batch, n, heard, ended }: Applying & { readonly ended: WaitingObject[] },
  ): Promise<void> {
    const postponed: Parameters<StoreTransaction['postponeWaiting']>[0][number][] = [];
    for (const { order, index, attempts } of due) {
      const each = must(this.#tries.get(index), 'what waits was put to wait here');
      const answer = await this.#upsert(transaction, each, { n, seconds: batch.seconds, order });
      heard.said.push(this.#named(answer));
      const [outcome] = answer.outcomes;
      const state = { order, code: '1004', message: 'Lead not found', attempts: attempts + 1 };
      if (outcome === 'behind') postponed.push({ ...state, reason: 'behind' });
      else if (outcome === 'no-person')
        postponed.push({ ...state, reason: outcome, nextAttemptAt: NOON + batch.delayMs });
      else
        ended.push(
          must(
            due.find((one) => one.order === order),
            'it is one of them',
          ),
        );
    }
    if (!batch.removesFirst) await transaction.postponeWaiting(postponed);
    await transaction.removeWaiting(ended.map(({ order }) => order));
    if (batch.removesFirst) await transaction.postponeWaiting(postponed);
    const settled = ended.map(({ requestId: id }) => ({ requestId: id, counts: counts(0, -1), at: NOON }));
    await transaction.settleRequests(settled);
  }

  async #upsert(
    transaction: StoreTransaction,
    each: Step,
    { n, seconds, order }: { readonly n: number; readonly seconds: number; readonly order?: number },
  ): Promise<UpsertAnswer> {
    const { action } = each;
    const options = { action, wantsIdentities: true, at: NOON + seconds * 1000, ...(order !== undefined && { order }) };
    if (each.kind === 'person') {
      const { multipleMatches, partition } = each;
      const matchBy = MATCHES[each.matchBy];
      const run = { ...options, fields: PERSON_FIELDS, matchBy, multipleMatches, partition };
      return await transaction.upsertPersons(withSomeObjects(personRun(each.objects, run), n));
    }
    const personField = each.names === 'email' ? EMAIL : FIRST_NAME;
    const dedupeBy = each.by === 'guid' ? 'marketoGUID' : 'dedupeFields';
    const cars = each.by === 'guid' ? each.objects.map((car) => this.#byGuid(car)) : each.objects;
    const run = objectRun(CARS, cars, { ...options, personField, dedupeBy });
    return await transaction.upsertCustomObjects(withSomeObjects(run, n));
  }

  #byGuid({ vin, ...car }: CarStep['objects'][number]): CarStep['objects'][number] {
    return { ...car, marketoGUID: this.#guid(vin) };
  }

  #guid(vin: unknown): string {
    return this.#guidOf.get(String(vin)) ?? `no car ${String(vin)}`;
  }

  #wait({ batch, n, heard }: Applying, each: Step, reason: NewWaitingObject['reason']): void {
    const index = n * INDEXES_A_BATCH + heard.waits.length;
    this.#tries.set(index, each);
    const [object = {}] = each.objects;
    const link = linkOf(each);
    heard.waits.push({
      requestId: requestOf(n),
      index,
      kind: each.kind === 'person' ? 'person' : 'customObject',
      type: each.kind === 'person' ? 'persons' : CARS.apiName,
      settings: { kind: 'customObject', apiName: CARS.apiName, dedupeBy: 'dedupeFields', action: each.action },
      object: JSON.stringify(object, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      keyText: JSON.stringify(keyOf(each, object).map(String)),
      acceptedAt: NOON + batch.seconds * 1000,
      reason,
      code: '1004',
      message: 'Lead not found',
      attempts: 1,
      ...(reason !== 'behind' && { nextAttemptAt: NOON + batch.delayMs }),
      key: this.#key(each, object),
      ...(link !== undefined && { link }),
    });
  }

  #key(each: Step, object: Step['objects'][number]): WaitingKey {
    const values = keyOf(each, object);
    if (each.kind === 'person') {
      return { matchBy: MATCHES[each.matchBy].map(({ field }) => field.name), partition: each.partition, values };
    }
    if (each.by === 'vin') return { matchBy: ['vin'], partition: '', values };
    return { matchBy: ['marketoGUID'], partition: '', values: [this.#guid(object['vin'])] };
  }

  #named({ outcomes, identities }: UpsertAnswer): unknown {
    return { outcomes, identities: identities.map((identity) => this.#nameOf(identity)) };
  }

  /** A marketoGUID's name says which was heard of first: that is the same in every store. */
  #nameOf(identity: number | string | undefined): unknown {
    if (typeof identity !== 'string') return identity;
    const name = this.#guids.get(identity) ?? `car ${this.#guids.size}`;
    this.#guids.set(identity, name);
    return name;
  }
}

interface Applying {
  readonly batch: Batch;
  readonly n: number;
  readonly heard: Heard;
}

function linkOf(each: Step): NewWaitingObject['link'] {
  const owner = each.objects[0]?.['owner'] ?? null;
  if (each.kind === 'person' || owner === null) return undefined;
  const ignoreCase = each.names === 'email';
  const value = ignoreCase ? String(owner).toLowerCase() : owner;
  return { personField: ignoreCase ? EMAIL : FIRST_NAME, ignoreCase, value };
}

function withoutOrder(waiting: WaitingObject): Omit<WaitingObject, 'order'> {
  return without(waiting, 'order');
}

function byName(a: { readonly name: unknown }, b: { readonly name: unknown }): number {
  return String(a.name) < String(b.name) ? -1 : 1;
}
