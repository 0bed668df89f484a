/** One workspace as its senders and its operator use it, over HTTP. */
import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '#cli/data-directory-files.ts';
import { send } from './http.ts';
import type { Answer, Body, Sent } from './http.ts';

export interface FateCounts {
  readonly received: number;
  readonly created: number;
  readonly updated: number;
  readonly stored: number;
  readonly deleted: number;
  readonly failed: number;
  readonly pending: number;
}

export interface ShownRequest {
  readonly requestId: string;
  readonly kind: string;
  readonly type: string;
  readonly priority: string;
  readonly state: string;
  readonly durability: string;
  readonly correlationId?: string;
  readonly requestSource?: string;
  readonly objects: FateCounts;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly failures: readonly ShownFailure[];
  readonly retries: readonly ShownRetry[];
  readonly replayOf?: readonly string[];
}

export interface ShownFailure {
  readonly index: number;
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
  readonly replayedBy?: string;
}

export interface ShownRetry {
  readonly index: number;
  readonly code: string;
  readonly attempts: number;
  readonly nextAttemptAt?: string;
}

export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated?: boolean;
}

export interface SqlOptions {
  /** Id of a request that must have been decided first. */
  readonly after?: string;
  readonly params?: readonly unknown[];
  readonly timeoutMs?: number;
}

/** A server that runs, or will: the address is another one after each of its starts. */
export interface Served {
  /** Of the first workspace, with the present address. */
  readonly credentials: Credentials;
}

/** What never comes within this time does not come. */
const WAIT_LIMIT_MS = 60_000;
const POLL_INTERVAL_MS = 50;
const JSON_HEADERS = { 'Content-Type': 'application/json' };

export class Workspace {
  readonly #server: Served;
  readonly #given: Credentials | undefined;
  #token: Promise<string> | undefined;

  /** The server's first workspace, or the one that was created with `credentials`. */
  constructor(server: Served, credentials?: Credentials) {
    this.#server = server;
    this.#given = credentials;
  }

  get credentials(): Credentials {
    return this.#given ?? this.#server.credentials;
  }

  /** Any request at all. */
  send(sent: Sent): Promise<Answer> {
    return send(this.#server.credentials.url, sent);
  }

  /** Posts to `database/table` with the workspace's key; headers may add to that or take it back with undefined. */
  event(table: string, body: Sent['body'], headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    const own = { ...JSON_HEADERS, 'X-TD-Write-Key': this.credentials.writeKey };
    const path = `/postback/v3/event/${table}`;
    return this.send({ path, headers: withoutUndefined({ ...own, ...headers }), ...(body !== undefined && { body }) });
  }

  /** Posts an event that must be taken; gives its request's id. */
  async store(table: string, event: string | object): Promise<string> {
    const answer = await this.event(table, typeof event === 'string' ? event : JSON.stringify(event));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.text, '{}');
    return requestIdOf(answer);
  }

  /** Posts to `persons` or `customobjects/{name}` with the first client's token. */
  async ingest(collection: string, body: Body | object, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    const own = { ...JSON_HEADERS, 'X-Mkto-User-Token': await this.token() };
    return this.send({
      path: `/subscriptions/${this.credentials.munchkinId}/${collection}`,
      headers: withoutUndefined({ ...own, ...headers }),
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
  }

  /** Posts objects that must be accepted; gives their request's id. */
  async accept(collection: string, body: Body | object, headers: OutgoingHttpHeaders = {}): Promise<string> {
    const answer = await this.ingest(collection, body, headers);
    assert.equal(answer.status, 202, answer.text);
    return requestIdOf(answer);
  }

  /** The first client's access token. */
  token(): Promise<string> {
    this.#token ??= this.tokenOf(this.credentials);
    return this.#token;
  }

  async tokenOf({ clientId, clientSecret }: Pick<Credentials, 'clientId' | 'clientSecret'>): Promise<string> {
    const grant = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const answer = await this.send({
      method: 'GET',
      path: `/identity/oauth/token?${new URLSearchParams(grant).toString()}`,
    });
    assert.equal(answer.status, 200, answer.text);
    return (JSON.parse(answer.text) as { access_token: string }).access_token;
  }

  /** A call of the admin API; `path` follows `/v1/workspaces/{munchkinId}`. */
  admin(method: string, path: string, body?: Body | object): Promise<Answer> {
    const text = typeof body === 'object' && !(body instanceof Uint8Array) ? JSON.stringify(body) : body;
    return this.send({
      method,
      path: `/v1/workspaces/${this.credentials.munchkinId}${path}`,
      headers: {
        Authorization: `Bearer ${this.credentials.adminToken}`,
        ...(text !== undefined && JSON_HEADERS),
      },
      ...(text !== undefined && { body: text }),
    });
  }

  /** An admin call that must succeed; gives its JSON. */
  async administer<Result = unknown>(method: string, path: string, body?: object): Promise<Result> {
    const answer = await this.admin(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return (answer.text === '' ? undefined : JSON.parse(answer.text)) as Result;
  }

  sqlAnswer(query: string, options: SqlOptions = {}): Promise<Answer> {
    return this.admin('POST', '/sql', { query, ...options });
  }

  /** Runs SQL that must succeed. */
  async sql(query: string, options: SqlOptions = {}): Promise<SqlAnswer['rows']> {
    const answer = await this.sqlAnswer(query, options);
    assert.equal(answer.status, 200, `${query}: ${answer.text}`);
    const { rows, truncated } = JSON.parse(answer.text) as SqlAnswer;
    assert.notEqual(truncated, true, `more rows than an answer holds: ${query}`);
    return rows;
  }

  /** The request once each of its objects has been decided. */
  async decided(requestId: string): Promise<ShownRequest> {
    // On a busy machine the store process may take long to start, and to decide.
    const answer = await whileItPasses(
      () => this.sqlAnswer('select 1', { after: requestId }),
      ({ status }) => status === 503 || status === 408,
    );
    assert.equal(answer.status, 200, answer.text);
    return this.administer<ShownRequest>('GET', `/requests/${requestId}`);
  }

  /** The request once nothing of it is pending any more; fails after a while. */
  async done(requestId: string): Promise<ShownRequest> {
    const deadline = Date.now() + WAIT_LIMIT_MS;
    for (;;) {
      const request = await this.administer<ShownRequest>('GET', `/requests/${requestId}`);
      if (request.state === 'done') return request;
      assert.ok(Date.now() < deadline, `still not done: ${JSON.stringify(request)}`);
      await sleep(POLL_INTERVAL_MS);
    }
  }

  /** Every event of `database/table` as JSON text, in the order of acceptance. */
  async events(table: string, query: string = ''): Promise<readonly string[]> {
    const [database, name] = table.split('/');
    const answer = await this.admin('GET', `/databases/${database}/tables/${name}/events${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.text.split('\n').slice(0, -1);
  }
}

/** Calls again as long as the answer is one that passes; after a while gives that one. */
export async function whileItPasses(call: () => Promise<Answer>, passes: (answer: Answer) => boolean): Promise<Answer> {
  for (const deadline = Date.now() + WAIT_LIMIT_MS; ;) {
    const answer = await call();
    if (!passes(answer) || Date.now() > deadline) return answer;
    await sleep(POLL_INTERVAL_MS);
  }
}

export function requestIdOf({ headers }: Answer): string {
  const id = headers['x-request-id'];
  assert.match(String(id), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  return String(id);
}

function withoutUndefined(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}
