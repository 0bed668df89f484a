/** An applier over memory engines and the API above it: what is sent is decided, and asked about over HTTP. */
import { openApplierWorld } from '../../tests/support/applier-world.ts';
import type { ApplierWorld, SentEntry, WorldSetup } from '../../tests/support/applier-world.ts';
import { openTestApi, TEST_NOW } from '../../tests/support/http-api.ts';
import type { AnyJson, Answer, TestApi } from '../../tests/support/http-api.ts';
import { must } from '#kit/assert.ts';
import type { CustomObjectType } from '#model/field.ts';
import type { RequestId } from '#model/words.ts';
import type { Clock } from '#ports/clock.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import assert from 'node:assert/strict';

const PURCHASES: CustomObjectType = {
  apiName: 'purchases',
  displayName: 'Purchases',
  fields: [
    { name: 'vin', displayName: 'VIN', dataType: 'string', length: 36, custom: true },
    { name: 'year', displayName: 'Year', dataType: 'integer', custom: true },
    { name: 'owner', displayName: 'Owner', dataType: 'email', custom: true },
  ],
  dedupeFields: ['vin'],
  link: { field: 'owner', personField: 'email' },
};

export interface FatesWorld extends AsyncDisposable {
  readonly api: TestApi;
  readonly world: ApplierWorld;
  /** What the log keeps; a test may make it forget. */
  readonly log: { forget(requestId: RequestId): void };
  /** Sends a request as a client does; resolves with its id once each of its objects has been tried. */
  send(entry: SentEntry): Promise<RequestId>;
  /** Sends a request that the applier does not come to. */
  leave(entry: SentEntry): Promise<RequestId>;
  /** `GET W<path>`. */
  get(path: string): Promise<Answer>;
  /** The items of all pages. */
  items(path: string): Promise<AnyJson[]>;
}

export interface FatesSetup extends Pick<WorldSetup, 'schedule' | 'clock'> {
  readonly aroundReader?: (reader: StoreReader) => StoreReader;
  /** How long the API takes for a look into the log; no time passes for it otherwise. */
  readonly findMs?: number;
}

export async function openFatesWorld({ aroundReader, findMs = 0, ...setup }: FatesSetup = {}): Promise<FatesWorld> {
  let kept: IntakeReader | undefined;
  const world = await openApplierWorld({ ...setup, aroundReader: (reader) => (kept = reader) });
  const forgotten = new Set<RequestId>();
  const find: IntakeReader['find'] = async (workspace, requestId) =>
    forgotten.has(requestId) ? undefined : must(kept, 'the applier reads a log').find(workspace, requestId);
  const reader = world.store.reader();
  let spentMs = 0;
  const clock: Clock = { now: () => TEST_NOW, monotonic: () => spentMs, sleep: async () => undefined };
  const findSlowly: IntakeReader['find'] = async (...call) => {
    spentMs += findMs;
    return find(...call);
  };
  const api = await openTestApi({
    engines: world,
    query: { intake: { find: findSlowly } as IntakeReader, reader: aroundReader?.(reader) ?? reader, clock },
  });
  const { munchkinId: workspace } = api.owner;
  await world.control.putCustomObject(workspace, PURCHASES);
  const get = (path: string): Promise<Answer> => api.call('GET', `${api.path}${path}`);
  return {
    api,
    world,
    log: { forget: (requestId) => void forgotten.add(requestId) },
    send: async (entry) => {
      const { requestId } = await world.send({ ...entry, workspace });
      await world.settled();
      return requestId;
    },
    leave: async (entry) => (await world.append({ ...entry, workspace })).requestId,
    get,
    items: async (path) => {
      const items: AnyJson[] = [];
      for (let next: string | undefined = `${api.path}${path}`; next !== undefined;) {
        const { status, json, text } = await api.call('GET', next);
        assert.equal(status, 200, text);
        items.push(...json.items);
        next = json.next;
      }
      return items;
    },
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await api.app.close();
    },
  };
}
