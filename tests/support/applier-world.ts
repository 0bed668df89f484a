/**
 * An applier driven by entries instead of HTTP, over engines in memory unless another store is given.
 * Owns: one workspace with a custom object type, and more when asked. Never: waits longer than the applier itself does.
 */
import { Applier } from '#applier/applier.ts';
import type { ApplierLimits } from '#applier/parts.ts';
import { DEFAULT_BUDGET_LIMITS } from '#applier/budget.ts';
import { createMemoryControl } from '#engines/memory/control.ts';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import type { MemoryIntakeLog } from '#engines/memory/intake-log.ts';
import { createMemoryStore } from '#engines/memory/store.ts';
import type { MemoryStore } from '#engines/memory/store.ts';
import { SYSTEM_CLOCK } from '#engines/system/clock.ts';
import { newRequestId } from '#gateway/request-id.ts';
import type { Envelope, NewEntry } from '#model/entry.ts';
import type { FailureRef } from '#model/fates.ts';
import type { CustomObjectType } from '#model/field.ts';
import type { RetrySchedule } from '#model/retry-schedule.ts';
import type { UpsertAction } from '#model/upsert.ts';
import type { Lane, MunchkinId, ObjectKind, Position, RequestId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { Store, StoreTransaction } from '#ports/store.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { ApplierEvents } from '#telemetry/events.ts';
import { tampered, withMethods } from './tampered-store.ts';

export const WORKSPACE: MunchkinId = '123-ABC-456' as MunchkinId;

export interface Told {
  readonly event: keyof ApplierEvents;
  readonly what: unknown;
}

export interface ApplierWorld extends AsyncDisposable {
  readonly applier: Applier;
  readonly control: Control;
  /** The store in memory, which is the applier's own unless `around` put another in its place. */
  readonly store: MemoryStore;
  readonly log: MemoryIntakeLog;
  readonly told: readonly Told[];
  /** The lane of each entry of each batch that was committed, in order. */
  readonly batches: readonly (readonly Lane[])[];
  /** How far the applier said that a journal has grown, in order. */
  readonly grown: readonly { readonly workspace: MunchkinId; readonly last: number }[];
  /** Another applier over the same parts, as after a restart. The caller disposes of it, and of the first one before. */
  restarted(): Applier;
  /** Appends a request and wakes the applier. */
  send(entry: SentEntry): Promise<{ requestId: RequestId; position: Position }>;
  /** Appends a request without telling anybody. */
  append(entry: SentEntry): Promise<{ requestId: RequestId; position: Position }>;
  /** Resolves once everything that was sent has been decided; fails after some seconds. */
  settled(): Promise<void>;
  /** Settled, and nothing that waits is due any more, by the clock of the world. */
  quiet(): Promise<void>;
}

export interface SentEntry {
  /** {@link WORKSPACE} unless given. */
  readonly workspace?: MunchkinId;
  readonly lane: Lane;
  readonly envelope: Envelope;
  readonly body: string;
  readonly objects: number;
}

export interface WorldSetup {
  readonly limits?: Partial<ApplierLimits>;
  /** Puts something between the applier and its store, or another store in its place. */
  readonly around?: (store: Store) => Store;
  readonly aroundReader?: (reader: IntakeReader) => IntakeReader;
  /** Besides {@link WORKSPACE}. */
  readonly workspaces?: readonly MunchkinId[];
  /** Of every entry, milliseconds since 1970; the world's time unless given. */
  readonly acceptedAt?: number;
  /** The real one unless given. */
  readonly clock?: Clock;
  /** The documented one without spread unless given. */
  readonly schedule?: RetrySchedule;
  /** Reads what `around` has put in the store's place. */
  readonly reader?: Pick<StoreReader, 'objects'>;
  /** Sent before the applier starts. */
  readonly backlog?: readonly SentEntry[];
}

const SETTLE_DEADLINE_MS = 120_000;

const MINUTE = 60_000;
/** As documented, and each wait as long as it says. */
export const SCHEDULE: RetrySchedule = { waitsMs: [5 * MINUTE, 30 * MINUTE, 30 * MINUTE], random: () => 0 };

export async function openApplierWorld(setup: WorldSetup = {}): Promise<ApplierWorld> {
  const { clock = SYSTEM_CLOCK } = setup;
  const control = createMemoryControl();
  const log = createMemoryIntakeLog();
  const store = createMemoryStore();
  const told: Told[] = [];
  const grown: { workspace: MunchkinId; last: number }[] = [];
  for (const workspace of [WORKSPACE, ...(setup.workspaces ?? [])]) {
    await control.createWorkspace(workspace, 0);
    await control.putCustomObject(workspace, PURCHASES);
  }
  const last = new Map<string, { workspace: MunchkinId; lane: Lane; position: Position }>();
  const append: ApplierWorld['append'] = async (entry) => {
    const requestId = newRequestId();
    const added = newEntry(entry, requestId, setup.acceptedAt ?? clock.now());
    const position = await log.writer.append(added);
    const { workspace, lane } = added;
    last.set(`${workspace} ${lane}`, { workspace, lane, position });
    return { requestId, position };
  };
  for (const entry of setup.backlog ?? []) await append(entry);
  const batches: Lane[][] = [];
  const ownStore = recordingBatches(setup.around?.(store) ?? store, batches);
  const start = (): Applier =>
    new Applier({
      reader: setup.aroundReader?.(log.reader) ?? log.reader,
      store: ownStore,
      control,
      clock,
      schedule: setup.schedule ?? SCHEDULE,
      objects: setup.reader ?? store.reader(),
      events: recorder(told),
      limits: {
        budget: DEFAULT_BUDGET_LIMITS,
        maxColumns: 512,
        multipleMatches: 'fail',
        idempotencyWindowMs: 24 * 60 * MINUTE,
        workspacesAtOnce: 2,
        ...setup.limits,
      },
      metrics: async () => '',
      onCheckpoint: () => undefined,
      onJournal: (workspace, last) => void grown.push({ workspace, last }),
    });
  let applier = start();
  const settled = async (): Promise<void> => {
    const signal = AbortSignal.timeout(SETTLE_DEADLINE_MS);
    for (const { workspace, lane, position } of last.values()) {
      await applier.decided(workspace, lane, position, signal);
    }
  };
  return {
    get applier() {
      return applier;
    },
    control,
    store,
    log,
    told,
    batches,
    grown,
    restarted: () => (applier = start()),
    append,
    async send(entry) {
      const sent = await append(entry);
      applier.wake(entry.workspace ?? WORKSPACE);
      return sent;
    },
    settled,
    async quiet() {
      await settled();
      const signal = AbortSignal.timeout(SETTLE_DEADLINE_MS);
      while (!(await isQuiet(applier, ownStore, clock))) {
        signal.throwIfAborted();
        await new Promise(setImmediate);
      }
    },
    [Symbol.asyncDispose]: () => applier[Symbol.asyncDispose](),
  };
}

async function isQuiet(applier: Applier, store: Store, clock: Clock): Promise<boolean> {
  const { workspaces } = await applier.status();
  for (const { workspace, state } of workspaces) {
    if (state !== 'idle' || ((await store.waiting(workspace)).nextDueAt ?? Infinity) <= clock.now()) return false;
  }
  return true;
}

const PURCHASES: CustomObjectType = {
  apiName: 'purchases',
  displayName: 'Purchases',
  fields: [
    { name: 'vin', displayName: 'VIN', dataType: 'string', length: 36, custom: true },
    { name: 'year', displayName: 'Year', dataType: 'integer', custom: true },
    { name: 'note', displayName: 'Note', dataType: 'string', custom: true },
    { name: 'owner', displayName: 'Owner', dataType: 'email', custom: true },
  ],
  dedupeFields: ['vin'],
  link: { field: 'owner', personField: 'email' },
};

function newEntry(sent: SentEntry, requestId: RequestId, acceptedAt: number): NewEntry {
  const { workspace = WORKSPACE, lane, envelope, objects } = sent;
  return { workspace, lane, requestId, acceptedAt, objects, envelope, body: new TextEncoder().encode(sent.body) };
}

function recordingBatches(store: Store, batches: Lane[][]): Store {
  return {
    ...tampered(store, () => ({})),
    async transaction(workspace, work) {
      let lanes: Lane[] | undefined;
      const result = await store.transaction(workspace, (transaction) => {
        const recordRequests: StoreTransaction['recordRequests'] = (requests) => {
          lanes = requests.map(({ lane }) => lane);
          return transaction.recordRequests(requests);
        };
        return work(withMethods(transaction, { recordRequests }));
      });
      if (lanes !== undefined) batches.push(lanes);
      return result;
    },
  };
}

function recorder(told: Told[]): ApplierEvents {
  const record =
    (event: keyof ApplierEvents) =>
    (what: unknown): void =>
      void told.push({ event, what });
  return {
    batchApplied: record('batchApplied'),
    objectsFailed: record('objectsFailed'),
    eventsRepeated: record('eventsRepeated'),
    entryQuarantined: record('entryQuarantined'),
    entrySetAside: record('entrySetAside'),
    objectsRetried: record('objectsRetried'),
    waitsCancelled: record('waitsCancelled'),
    workspacePaused: record('workspacePaused'),
    workspaceResumed: record('workspaceResumed'),
    batchRetried: record('batchRetried'),
    storeRestarted: record('storeRestarted'),
    internalFault: record('internalFault'),
  };
}

interface UpsertOptions {
  readonly action?: UpsertAction;
  readonly answered?: true;
}

export interface PersonsOptions extends UpsertOptions {
  readonly partitionName?: string;
  readonly dedupeFields?: { readonly field1: string; readonly field2?: string };
}

export function persons(
  objects: readonly object[],
  lane: 'high' | 'normal' = 'normal',
  { action, answered, ...options }: PersonsOptions = {},
): SentEntry {
  const body = JSON.stringify({ priority: lane, ...options, persons: objects });
  const envelope = { kind: 'person', clientId: 'client', ...asked({ action, answered }) } as const;
  return { lane, envelope, body, objects: objects.length };
}

export interface PurchasesOptions extends UpsertOptions {
  readonly dedupeBy?: 'dedupeFields' | 'marketoGUID';
}

/** `owner` links a purchase to the person with that email. */
export function purchases(
  objects: readonly object[],
  lane: 'high' | 'normal' = 'normal',
  { action, answered, ...options }: PurchasesOptions = {},
): SentEntry {
  const body = JSON.stringify({ priority: lane, ...options, customObjects: objects });
  const asks = asked({ action, answered });
  const envelope = { kind: 'customObject', apiName: 'purchases', clientId: 'client', ...asks } as const;
  return { lane, envelope, body, objects: objects.length };
}

function asked(options: { readonly [Name in keyof UpsertOptions]: UpsertOptions[Name] | undefined }): UpsertOptions {
  const { action, answered } = options;
  return { ...(action === undefined ? {} : { action }), ...(answered === undefined ? {} : { answered }) };
}

export function events(objects: readonly object[], table = 'clicks'): SentEntry {
  const envelope = { kind: 'event', database: 'web', table, format: 'json', clientId: 'key' } as const;
  return { lane: 'events', envelope, body: JSON.stringify(objects), objects: objects.length };
}

/** What failed is tried again, in this order. */
export function replay(refs: readonly FailureRef[], objectKind: ObjectKind, type: string): SentEntry {
  const lane = objectKind === 'event' ? 'events' : 'normal';
  const body = JSON.stringify(refs.map(({ requestId, index }) => ({ requestId, indexes: [index] })));
  return { lane, envelope: { kind: 'replay', clientId: 'operator', objectKind, type }, body, objects: refs.length };
}

export function cancelWaiting(requestId: RequestId): SentEntry {
  const envelope = { kind: 'command', command: 'cancel-waiting', clientId: 'operator', requestId } as const;
  return { lane: 'normal', envelope, body: '', objects: 0 };
}
