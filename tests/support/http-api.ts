/** The HTTP API over memory engines; a test puts what it needs in place of single parts. */
import { ConservationChecker } from '#admin/conservation-checker.ts';
import type { CheckerParts } from '#admin/conservation-checker.ts';
import { buildHttpApi } from '#admin/http-api.ts';
import type { HttpApiParts } from '#admin/http-api.ts';
import { createWorkspaceWithCredentials } from '#admin/credentials.ts';
import type { WorkspaceCredentials } from '#admin/credentials.ts';
import { createMemoryControl } from '#engines/memory/control.ts';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import type { MemoryIntakeLog } from '#engines/memory/intake-log.ts';
import { createMemoryStore } from '#engines/memory/store.ts';
import type { MemoryStore } from '#engines/memory/store.ts';
import { newRequestId } from '#gateway/request-id.ts';
import { journalRoutes } from '#journal/journal-routes.ts';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { Client } from '#model/definitions.ts';
import type { Applying } from '#ports/applying.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { Submitting } from '#ports/submitting.ts';
import { queryRoutes } from '#query/query-routes.ts';
import type { QueryParts } from '#query/query-parts.ts';
import { createMetrics } from '#telemetry/metrics.ts';
import type { FastifyInstance } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { journalParts } from './journal-parts.ts';

export const TEST_NOW: number = Date.UTC(2026, 10, 23, 10);

export interface TestApi extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly control: Control;
  readonly log: MemoryIntakeLog;
  readonly store: MemoryStore;
  /** Opens everything, and names the workspace of the first start. */
  readonly owner: WorkspaceCredentials;
  /** Names and errors of events that were told. */
  readonly told: { readonly event: string; readonly what: unknown }[];
  /** `W`, the path of the owner's workspace. */
  readonly path: string;
  call(method: Method, url: string, options?: CallOptions): Promise<Answer>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';

interface CallOptions {
  /** The owner's unless given; `null` sends none. */
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

// The shapes of answers are what tests look at, member by member.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyJson = any;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly json: AnyJson;
}

/** Access tokens of clients, for tests that need one: `access:<clientId>`. */
export function accessTokenOf(clientId: string): string {
  return `access:${clientId}`;
}

export interface TestParts {
  readonly http?: Partial<HttpApiParts>;
  /** What the check of law 2 reads instead. */
  readonly ledger?: Partial<CheckerParts>;
  readonly query?: Partial<QueryParts>;
  readonly sql?: StoreReader['sql'];
  /** Instead of engines of its own: those of an applier, say. */
  readonly engines?: { readonly control: Control; readonly store: MemoryStore };
}

export async function openTestApi(given: TestParts = {}): Promise<TestApi> {
  const { control, store } = given.engines ?? { control: createMemoryControl(), store: createMemoryStore() };
  const log = createMemoryIntakeLog();
  const told: TestApi['told'] = [];
  const owner = await createWorkspaceWithCredentials(control, { tokenOpens: 'everything', now: TEST_NOW });
  const reader = readerWith(store.reader(), given.sql);
  const query: QueryParts = {
    reader,
    intake: log.reader,
    applying: IDLE,
    control,
    submitting: submittingTo(log),
    clock: CLOCK,
    durability: 'fsync',
    queryTimeoutMs: 30_000,
    ...given.query,
  };
  const metrics = createMetrics('gateway');
  const app = await buildHttpApi({
    control,
    change: oneAtATime(),
    clock: CLOCK,
    applying: IDLE,
    intakeTotals: log.writer,
    conservation: new ConservationChecker({
      metrics,
      clock: CLOCK,
      applying: IDLE,
      intakeTotals: log.writer,
      intake: log.reader,
      reader,
      onFault: (error) => void told.push({ event: 'internalFault', what: error }),
      ...given.ledger,
    }),
    metrics,
    version: '0.0.0',
    url: () => 'http://127.0.0.1:8080',
    publicUrl: undefined,
    maxBodyMemoryBytes: 67_108_864,
    refusing: () => undefined,
    events: {
      requestAnswered: (what) => void told.push({ event: 'requestAnswered', what }),
      requestRefused: (what) => void told.push({ event: 'requestRefused', what }),
      internalFault: (what) => void told.push({ event: 'internalFault', what }),
    },
    accessTokenClient: (token) => clientOf(control, token),
    routes: [queryRoutes(query), journalRoutes(journalParts(reader, CLOCK))],
    ...given.http,
  });
  return {
    app,
    control,
    log,
    store,
    owner,
    told,
    path: `/v1/workspaces/${owner.munchkinId}`,
    call: (method, url, options) => call(app, { method, url, token: owner.adminToken, ...options }),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

function readerWith(reader: StoreReader, sql: StoreReader['sql'] | undefined): StoreReader {
  if (sql === undefined) return reader;
  return new Proxy(reader, {
    get: (target, name) => {
      if (name === 'sql') return sql;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function clientOf(control: Control, token: string): Client | undefined {
  return token.startsWith('access:') ? control.definitions().clients.get(token.slice('access:'.length)) : undefined;
}

const CLOCK: Clock = {
  now: () => TEST_NOW,
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => sleep(ms, undefined, { signal, ref: false }),
};

/** An applier that has nothing to do, and never will have. */
const IDLE: Applying = {
  wake: () => undefined,
  decided: (_workspace, _lane, _position, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }),
  rehearseReplay: async () => {
    throw new Error('this applier rehearses nothing');
  },
  note: async () => {
    throw new Error('this applier notes nothing');
  },
  status: async () => ({ workspaces: [], metrics: '' }),
};

/** Appends what is submitted, as the gateway does, and wakes nobody. */
function submittingTo({ writer }: MemoryIntakeLog): Submitting {
  return {
    submit: async (submission) => {
      const requestId = newRequestId();
      const position = await writer.append({ ...submission, requestId, acceptedAt: TEST_NOW });
      return { requestId, position };
    },
  };
}

interface Call extends CallOptions {
  readonly method: Method;
  readonly url: string;
}

async function call(app: FastifyInstance, { method, url, token, body, headers }: Call): Promise<Answer> {
  const authorization = typeof token === 'string' ? { authorization: `Bearer ${token}` } : {};
  const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await app.inject({ method, url, headers: { ...authorization, ...type, ...headers }, ...payload });
  const isJson = String(answer.headers['content-type']).includes('json') && answer.body !== '';
  const json = isJson && !String(answer.headers['content-type']).includes('ndjson') ? answer.json() : undefined;
  return { status: answer.statusCode, headers: answer.headers, text: answer.body, json };
}
