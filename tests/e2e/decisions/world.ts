/**
 * The table of decisions: what a row is, and the steps that rows are made of.
 * Owns: that each row has names of its own, and that the counts of every request add up (law 2).
 * Never: knows a decision; the tables beside it do.
 *
 * A row names its persons `a@row`, its custom objects `row-1` and so on: `row` becomes the row's own name, in what is
 * sent, asked and expected alike, so that rows share a server and do not meet.
 */
import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Body } from '../../support/server/http.ts';
import type { InletServer } from '../../support/server/inlet-server.ts';
import { requestIdOf, Workspace } from '../../support/server/workspace.ts';
import type { ShownRequest } from '../../support/server/workspace.ts';

/** A row: a sentence of the documentation or of a spec that decides something, and the steps that show it. */
export interface Decision {
  readonly says: string;
  readonly shows: readonly Step[];
}

export type Step = (world: World) => Promise<void>;

/** What becomes of the objects of a request. Numbers that are not given are 0. */
export interface Fates {
  readonly created?: number;
  readonly updated?: number;
  readonly pending?: number;
  /** Code and message; without a message any counts. */
  readonly failed?: readonly (readonly [index: number, code: string, message?: string])[];
}

/** What never comes within this time does not come. */
const WAIT_LIMIT_MS = 60_000;
const POLL_INTERVAL_MS = 50;

/** A server and its first workspace, as one row sees them. */
export class World {
  readonly server: InletServer;
  readonly workspace: Workspace;
  /** What a row's step leaves for those behind it. */
  readonly notes: Map<string, string> = new Map();
  readonly #name: string;

  constructor(server: InletServer, row: number) {
    this.server = server;
    this.workspace = new Workspace(server);
    this.#name = `r${row}`;
  }

  /** Any value with the row's own names in it. */
  own<Value>(value: Value): Value {
    const text = JSON.stringify(value);
    if (text === undefined) return value;
    return JSON.parse(this.ownText(text)) as Value;
  }

  ownText(text: string): string {
    return text
      .replaceAll('@row', `@${this.#name}.example`)
      .replaceAll('row-', `${this.#name}-`)
      .replaceAll(/\{(\w+)\}/g, (whole, note: string) => this.notes.get(note) ?? whole);
  }

  /** Posts to a collection; gives the answer. */
  ingest(collection: string, body: Body | object, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    if (body instanceof Uint8Array) return this.workspace.ingest(collection, body, headers);
    return this.workspace.ingest(
      collection,
      this.ownText(typeof body === 'string' ? body : JSON.stringify(body)),
      headers,
    );
  }

  /** The id of a request that must be accepted. */
  async accept(collection: string, body: string | object): Promise<string> {
    const answer = await this.ingest(collection, body);
    assert.equal(answer.status, 202, answer.text);
    return requestIdOf(answer);
  }

  /** The request once `isReached` holds of it. */
  async until(requestId: string, isReached: (request: ShownRequest) => boolean): Promise<ShownRequest> {
    for (const deadline = Date.now() + WAIT_LIMIT_MS; ; await sleep(POLL_INTERVAL_MS)) {
      const request = await this.workspace.administer<ShownRequest>('GET', `/requests/${requestId}`);
      if (isReached(request)) return request;
      assert.ok(Date.now() < deadline, JSON.stringify(request));
    }
  }

  assertFates(request: ShownRequest, expected: Fates): void {
    const { created = 0, updated = 0, pending = 0, failed = [] } = expected;
    const { received, ...fates } = request.objects;
    assert.deepEqual(fates, { created, updated, stored: 0, deleted: 0, failed: failed.length, pending });
    assert.equal(received, created + updated + pending + failed.length, 'law 2');
    const told = request.failures.map(({ index, code, message }, at) =>
      failed[at]?.[2] === undefined ? [index, code] : [index, code, message],
    );
    assert.deepEqual(told, this.own(failed));
  }
}

/** Sends objects, waits until each has been decided once, and looks at their fates. */
export function send(collection: string, body: string | object, expected: Fates): Step {
  return async (world) => {
    const requestId = await world.accept(collection, body);
    world.notes.set('request', requestId);
    world.assertFates(await world.workspace.decided(requestId), expected);
  };
}

/** Persons, as objects or as JSON text, with other members of the body if need be. */
export function persons(list: string | readonly object[], expected: Fates, members: object = {}): Step {
  return send('persons', body('persons', list, members), expected);
}

export function customObjects(
  type: string,
  list: readonly object[],
  given: Fates & { readonly members?: object },
): Step {
  const { members = {}, ...expected } = given;
  return send(`customobjects/${type}`, body('customObjects', list, members), expected);
}

// Joined as text, so that a list may hold what no JavaScript value tells.
function body(name: string, list: string | readonly object[], members: object): string {
  const others = JSON.stringify(members).slice(1, -1);
  const text = typeof list === 'string' ? list : JSON.stringify(list);
  return `{${others}${others && ','}"${name}":${text}}`;
}

/** Waits until the request that was sent last has these fates. */
export function eventually(expected: Fates, note: string = 'request'): Step {
  return async (world) => {
    const { pending = 0 } = expected;
    const requestId = String(world.notes.get(note));
    world.assertFates(await world.until(requestId, ({ objects }) => objects.pending === pending), expected);
  };
}

/** Remembers the request that was sent last under another name. */
export function remember(note: string): Step {
  return async ({ notes }) => void notes.set(note, String(notes.get('request')));
}

/** What a query of the workspace gives. */
export function reads(query: string, expected: readonly (readonly unknown[])[]): Step {
  return async (world) => {
    const rows = await world.workspace.sql(world.ownText(query));
    assert.deepEqual(rows.map(withoutZeroFraction), world.own(expected));
  };
}

// Times may carry a fraction of zero seconds.
function withoutZeroFraction(row: readonly unknown[]): readonly unknown[] {
  return row.map((value) => (typeof value === 'string' ? value.replace(/:(\d\d)\.0+Z$/, ':$1Z') : value));
}

/** A call of the admin API that must succeed. */
export function administers(method: string, path: string, given?: object): Step {
  return async (world) => {
    await world.workspace.administer(method, world.ownText(path), world.own(given));
  };
}
