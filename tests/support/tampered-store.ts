/**
 * A store with something between it and its applier.
 * Owns: the passing on of what is not replaced. Never: holds anything.
 */
import type { MunchkinId } from '#model/words.ts';
import type { Store, StoreTransaction } from '#ports/store.ts';

/** A store whose transactions go through `change` first. */
export function tampered(
  store: Store,
  change: (transaction: StoreTransaction, workspace: MunchkinId) => Partial<StoreTransaction>,
): Store {
  return {
    checkpoint: (workspace) => store.checkpoint(workspace),
    eventTables: (workspace) => store.eventTables(workspace),
    waiting: (workspace) => store.waiting(workspace),
    transaction: (workspace, work) =>
      store.transaction(workspace, (transaction) => work(withMethods(transaction, change(transaction, workspace)))),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** The transaction with some of its methods replaced. */
export function withMethods(transaction: StoreTransaction, methods: Partial<StoreTransaction>): StoreTransaction {
  return {
    definePersons: (fields) => transaction.definePersons(fields),
    defineCustomObject: (type) => transaction.defineCustomObject(type),
    dropEventTable: (table) => transaction.dropEventTable(table),
    defineEventTable: (table) => transaction.defineEventTable(table),
    greatestInteger: (table, column) => transaction.greatestInteger(table, column),
    upsertPersons: (run) => transaction.upsertPersons(run),
    upsertCustomObjects: (run) => transaction.upsertCustomObjects(run),
    claimKeys: (wanted) => transaction.claimKeys(wanted),
    appendEvents: (rows) => transaction.appendEvents(rows),
    recordRequests: (requests) => transaction.recordRequests(requests),
    recordFailures: (failures) => transaction.recordFailures(failures),
    settleRequests: (changes) => transaction.settleRequests(changes),
    requestsOf: (ids) => transaction.requestsOf(ids),
    appendJournal: (events) => transaction.appendJournal(events),
    journalTallies: (from, to) => transaction.journalTallies(from, to),
    retain: (limit) => transaction.retain(limit),
    recordResults: (results) => transaction.recordResults(results),
    failures: (refs) => transaction.failures(refs),
    markReplayed: (refs, replay) => transaction.markReplayed(refs, replay),
    addWaiting: (objects) => transaction.addWaiting(objects),
    dueWaiting: (now, limit) => transaction.dueWaiting(now, limit),
    waitingBehind: (orders, limit) => transaction.waitingBehind(orders, limit),
    waitingOf: (requestId, limit) => transaction.waitingOf(requestId, limit),
    postponeWaiting: (objects) => transaction.postponeWaiting(objects),
    removeWaiting: (orders) => transaction.removeWaiting(orders),
    advance: (lane, position) => transaction.advance(lane, position),
    ...methods,
  };
}
