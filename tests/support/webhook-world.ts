/**
 * The room of webhooks over memory engines and a clock that a test moves, behind the HTTP API.
 * Owns: the room of one test. Never: a receiver; tests open their own.
 */
import assert from 'node:assert/strict';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import { createMemoryControl } from '#engines/memory/control.ts';
import { createMemoryDeliveries } from '#engines/memory/deliveries.ts';
import { createMemorySigningKeys } from '#engines/memory/signing-keys.ts';
import { createMemoryStore } from '#engines/memory/store.ts';
import type { Control } from '#ports/control.ts';
import type { Deliveries } from '#ports/deliveries.ts';
import { createRoom } from '#webhooks/room.ts';
import type { Room, RoomParts } from '#webhooks/room.ts';
import { ArrayFeed } from './journal-feed.ts';
import { openTestApi } from './http-api.ts';
import type { AnyJson, TestApi } from './http-api.ts';
import { until } from './receiver.ts';
import { TestClock } from './test-clock.ts';

export interface Told {
  readonly event: string;
  readonly what: AnyJson;
}

export interface WebhookWorld extends AsyncDisposable {
  readonly api: TestApi;
  readonly room: Room;
  readonly clock: TestClock;
  readonly feed: ArrayFeed;
  readonly control: Control;
  readonly deliveries: Deliveries;
  readonly told: readonly Told[];
  /** Makes a webhook that must be taken; gives it as it is shown. */
  create(body: object): Promise<AnyJson>;
  show(id: string): Promise<AnyJson>;
  patch(id: string, body: object): Promise<AnyJson>;
  traces(id: string): Promise<readonly AnyJson[]>;
  /** Moves the clock on in steps until the condition holds: what sleeps in between gets its turn. */
  pass(stepMs: number, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Moves the clock on from retry to retry until the condition holds; each try ends before the next begins. */
  retries(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** The room ends as with its process, and another goes on with what is kept. The API stays with the first. */
  restart(): Promise<void>;
}

export async function openWebhookWorld(given: Partial<RoomParts> = {}): Promise<WebhookWorld> {
  const told: Told[] = [];
  const clock = new TestClock();
  const feed = new ArrayFeed();
  const control = given.control ?? createMemoryControl();
  const change = oneAtATime();
  const note = (event: string) => (what: unknown) => void told.push({ event, what });
  const parts: RoomParts = {
    control,
    change,
    clock,
    feed,
    deliveries: createMemoryDeliveries(),
    signingKeys: createMemorySigningKeys(),
    pacer: { rest: async () => {} },
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    allowPrivate: true,
    url: () => 'http://inlet.test',
    version: '1.2.3',
    events: {
      tried: note('tried'),
      stateChanged: note('stateChanged'),
      eventsLost: note('eventsLost'),
      pending: note('pending'),
      fault: (error) => void told.push({ event: 'fault', what: error }),
    },
    ...given,
  };
  let room = createRoom(parts);
  const api = await openTestApi({
    http: { routes: [room.routes], change },
    engines: { control, store: createMemoryStore() },
  });
  await room.webhooks.start();
  const json = async (method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<AnyJson> => {
    const answer = await api.call(method, `${api.path}/webhooks${path}`, body === undefined ? {} : { body });
    assert.ok(answer.status < 300, answer.text);
    return answer.json;
  };
  return {
    api,
    get room() {
      return room;
    },
    clock,
    feed,
    control,
    deliveries: parts.deliveries,
    told,
    create: (body) => json('POST', '', body),
    show: (id) => json('GET', `/${id}`),
    patch: (id, body) => json('PATCH', `/${id}`, body),
    traces: async (id) => (await json('GET', `/${id}/deliveries?limit=200`)).items,
    pass: (stepMs, condition) =>
      until(async () => {
        if (await condition()) return true;
        clock.advance(stepMs);
        return false;
      }, `a condition while time passes in steps of ${stepMs} ms`),
    retries: (condition) =>
      until(async () => {
        if (await condition()) return true;
        const waits = await nextTries(parts);
        const [first = -1] = waits.map((at) => at - clock.now()).sort((a, b) => a - b);
        // What is due is under way.
        if (first > 0) clock.advance(first);
        return false;
      }, 'a condition while retries go on'),
    restart: async () => {
      await room.webhooks[Symbol.asyncDispose]();
      room = createRoom(parts);
      await room.webhooks.start();
    },
    [Symbol.asyncDispose]: async () => {
      await room.webhooks[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

async function nextTries({ control, deliveries }: RoomParts): Promise<readonly number[]> {
  const ids = [...control.definitions().webhooks.keys()];
  const pending = await Promise.all(ids.map((id) => deliveries.pending(id)));
  return pending.flat().map(({ nextAttemptAt }) => nextAttemptAt);
}
