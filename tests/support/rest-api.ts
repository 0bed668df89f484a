/**
 * The REST API over memory engines, with clients of several permissions and a clock that a test drives.
 * Owns: the clients and their tokens. Never: applies an entry; an applier world does, where a test has one.
 */
import { hash } from 'node:crypto';
import type { MemoryStore } from '#engines/memory/store.ts';
import { createMemoryControl } from '#engines/memory/control.ts';
import { createMemoryStore } from '#engines/memory/store.ts';
import { TokenDirectory } from '#gateway/token-directory.ts';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import { PERMISSIONS } from '#model/definitions.ts';
import type { Client, Permission } from '#model/definitions.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Control } from '#ports/control.ts';
import { deriveToken } from '#protocols/identity/token.ts';
import type { RestParts } from '#rest/rest-parts.ts';
import { restRoutes } from '#rest/rest-routes.ts';
import { UsageMeter } from '#rest/usage-meter.ts';
import { openTestApi } from './http-api.ts';
import type { AnyJson, TestApi } from './http-api.ts';
import { TestClock } from './gateway.ts';

export const REST_WORKSPACE: MunchkinId = '123-ABC-456' as MunchkinId;
export const TOKEN_LIFETIME_SECONDS = 3600;

const CLIENTS: Readonly<Record<string, readonly Permission[]>> = {
  all: PERMISSIONS,
  first: ['Read-Write Lead', 'Read-Write Custom Object'],
  'leads-reader': ['Read-Only Lead'],
  'objects-reader': ['Read-Only Custom Object'],
  fields: ['Read-Write Schema Custom Field'],
  'types-reader': ['Read-Only Custom Object Type'],
  types: ['Read-Write Custom Object Type'],
  none: [],
};

export type ClientName =
  | 'all'
  | 'first'
  | 'leads-reader'
  | 'objects-reader'
  | 'fields'
  | 'types-reader'
  | 'types'
  | 'none';

export interface RestSetup {
  /** Of an applier world, say; else engines of its own, with the workspace and nothing in it. */
  readonly engines?: { readonly control: Control; readonly store: MemoryStore };
  readonly parts?: Partial<RestParts>;
}

export interface RestCallOptions {
  /** `all` unless given; `null` sends no token. */
  readonly client?: ClientName | null;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Instead of one of them. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestAnswerOf {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly json: AnyJson;
  /** The code of the only error; undefined for a success. */
  readonly code: string | undefined;
}

export interface RestApi extends AsyncDisposable {
  readonly control: Control;
  readonly store: MemoryStore;
  readonly clock: TestClock;
  readonly usage: UsageMeter;
  readonly api: TestApi;
  readonly faults: readonly unknown[];
  token(client: ClientName, issuedAt?: number): string;
  /** `path` is below `/rest/v1/`, unless it begins with a slash. */
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, options?: RestCallOptions): Promise<RestAnswerOf>;
}

export async function openRestApi(setup: RestSetup = {}): Promise<RestApi> {
  const { control, store } = setup.engines ?? (await ownEngines());
  const clock = new TestClock();
  for (const [name, permissions] of Object.entries(CLIENTS)) await control.addClient(clientOf(name, permissions));
  const tokens = new TokenDirectory(control, TOKEN_LIFETIME_SECONDS);
  const faults: unknown[] = [];
  const usage = new UsageMeter({
    control,
    // The clock stands still, and what is counted is written when it is asked for.
    clock: { now: () => clock.now(), monotonic: () => 0, sleep: (_ms, signal) => aborted(signal) },
    dayOf: (nowMs) => new Date(nowMs).toISOString().slice(0, 10),
    onFault: (error) => void faults.push(error),
  });
  const parts: RestParts = {
    control,
    change: oneAtATime(),
    clock,
    reader: store.reader(),
    applying: { decided: async () => undefined },
    submitting: { submit: async () => ({ refused: 'there is no log here', retryAfterSeconds: 7 }) },
    tokenStanding: (token) => tokens.standingOf(token, clock.now()),
    usage,
    events: { requestRefused: () => undefined, internalFault: (error) => void faults.push(error) },
    multipleMatches: 'fail',
    patienceMs: 20_000,
    ...setup.parts,
  };
  const api = await openTestApi({ engines: { control, store }, http: { routes: [restRoutes(parts)] } });
  const token = (name: ClientName, issuedAt = Math.floor(clock.now() / 1000)): string => {
    const client = control.definitions().clients.get(name);
    if (client === undefined) throw new Error(`there is no client ${name}`);
    return deriveToken(control.tokenSecret(), client, issuedAt);
  };
  return {
    control,
    store,
    clock,
    usage,
    api,
    faults,
    token,
    call: (method, path, options = {}) => callRest(api, { method, path, options, token }),
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await usage[Symbol.asyncDispose]();
    },
  };
}

async function ownEngines(): Promise<{ readonly control: Control; readonly store: MemoryStore }> {
  const control = createMemoryControl();
  await control.createWorkspace(REST_WORKSPACE, Date.UTC(2026, 0, 1));
  return { control, store: createMemoryStore() };
}

function clientOf(clientId: string, permissions: readonly Permission[]): Client {
  const secretHash = hash('sha256', clientId);
  return { clientId, workspace: REST_WORKSPACE, name: `${clientId}@x.example`, permissions, secretHash, createdAt: 0 };
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted === true) reject(signal.reason as Error);
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly options: RestCallOptions;
  readonly token: RestApi['token'];
}

async function callRest({ app }: TestApi, { method, path, options, token }: Sent): Promise<RestAnswerOf> {
  const { client = 'all', json, form, text, headers } = options;
  const payload = text ?? (json === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(json));
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8';
  const answer = await app.inject({
    method,
    url: path.startsWith('/') ? path : `/rest/v1/${path}`,
    headers: {
      ...(client !== null && { authorization: `Bearer ${token(client)}` }),
      ...(payload !== undefined && text === undefined && { 'content-type': type }),
      ...headers,
    },
    ...(payload !== undefined && { payload }),
  });
  const body = answer.json() as AnyJson;
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.body,
    json: body,
    code: body.errors?.[0]?.code as string | undefined,
  };
}
