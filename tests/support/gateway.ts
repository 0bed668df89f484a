/**
 * A gateway on a real socket, over engines in memory.
 * Owns: one workspace with a client, write keys and a custom object type. Never: applies an entry.
 */
import { hash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server, ServerOptions } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createMemoryControl } from '#engines/memory/control.ts';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import { createGateway } from '#gateway/gateway.ts';
import type { Gateway } from '#gateway/gateway.ts';
import { configureHttpServer, HTTP_SERVER_OPTIONS } from '#gateway/http-server.ts';
import type { GatewayOptions, GatewayParts } from '#gateway/parts.ts';
import { newRequestId } from '#gateway/request-id.ts';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { Client } from '#model/definitions.ts';
import type { Entry } from '#model/entry.ts';
import type { Lane, MunchkinId } from '#model/words.ts';
import { LANES, LOG_START } from '#model/words.ts';
import type { Control } from '#ports/control.ts';
import type { IntakeReader, IntakeWriter } from '#ports/intake-log.ts';
import type { GatewayEvents } from '#telemetry/events.ts';

export const WORKSPACE: MunchkinId = '123-ABC-456' as MunchkinId;
export const OTHER_WORKSPACE: MunchkinId = '999-XYZ-999' as MunchkinId;
export const CLIENT_SECRET = 'the client secret';
export const WRITE_KEY = '1/write-key';
/** Opens `only_db` alone. */
export const NARROW_KEY = '1/narrow-key';

const DEFAULT_OPTIONS: GatewayOptions = {
  maxRequestBytes: 1_048_576,
  maxObjects: 1000,
  requestsPerSecond: 5000,
  dailyObjects: 10_000_000,
  quotaTimeZone: 'UTC',
  tokenLifetimeSeconds: 3600,
  createPartitions: true,
  unknownFields: 'reject',
  postbackAuth: 'strict',
  createDatabases: true,
  maxBacklogBytes: 10_000_000_000,
  maxBodyMemoryBytes: 268_435_456,
  trustProxy: false,
};

export type Body = string | Uint8Array<ArrayBuffer>;

export interface GatewaySetup {
  readonly options?: Partial<GatewayOptions>;
  readonly parts?: Partial<GatewayParts>;
  readonly server?: ServerOptions;
}

/** A clock that stands still until a test moves it. */
export class TestClock {
  nowMs: number = Date.UTC(2026, 10, 23, 12);
  monotonicMs: number = 0;

  now(): number {
    return this.nowMs;
  }

  monotonic(): number {
    return this.monotonicMs;
  }

  async sleep(): Promise<void> {}

  advance(ms: number): void {
    this.nowMs += ms;
    this.monotonicMs += ms;
  }
}

/** What the gateway said of itself. */
export interface SaidEvent {
  readonly name: keyof GatewayEvents;
  readonly detail: unknown;
}

export class RunningGateway implements AsyncDisposable {
  readonly clock: TestClock = new TestClock();
  readonly said: SaidEvent[] = [];
  readonly woken: MunchkinId[] = [];
  readonly control: Control;
  readonly writer: IntakeWriter;
  readonly reader: IntakeReader;
  readonly gateway: Gateway;
  readonly server: Server;

  private constructor(setup: GatewaySetup, control: Control) {
    const { writer, reader } = createMemoryIntakeLog();
    this.control = control;
    this.writer = setup.parts?.writer ?? writer;
    this.reader = reader;
    this.gateway = createGateway({
      control,
      change: oneAtATime(),
      writer,
      applying: { wake: (workspace) => this.woken.push(workspace) },
      clock: this.clock,
      events: this.#recorder(),
      newRequestId,
      backlogBytes: () => 0,
      databaseExists: async () => false,
      ...setup.parts,
      options: { ...DEFAULT_OPTIONS, ...setup.options },
    });
    this.server = createServer({ ...HTTP_SERVER_OPTIONS, ...setup.server }, (request, response) => {
      if (!this.gateway.handle(request, response)) response.writeHead(299).end('not a collection route');
    });
    configureHttpServer(this.server, newRequestId);
  }

  static async start(setup: GatewaySetup = {}): Promise<RunningGateway> {
    const running = new RunningGateway(setup, await definedControl());
    await new Promise<void>((resolve) => running.server.listen(0, '127.0.0.1', resolve));
    return running;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  /** Posts a JSON text as an event, with the right key unless headers say otherwise. */
  postEvent(path: string, body: Body, headers: Record<string, string> = {}): Promise<Response> {
    const all = { 'X-TD-Write-Key': WRITE_KEY, 'Content-Type': 'application/json', ...headers };
    return this.fetch(`/postback/v3/event/${path}`, { method: 'POST', headers: all, body });
  }

  /** A fresh or current token of the client with all permissions. */
  async token(clientId: string = 'client-1'): Promise<string> {
    const query = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: CLIENT_SECRET,
    });
    const response = await this.fetch(`/identity/oauth/token?${query.toString()}`);
    return ((await response.json()) as { access_token: string }).access_token;
  }

  async ingest(path: string, body: Body, headers: Record<string, string> = {}): Promise<Response> {
    const all = {
      'X-Mkto-User-Token': await this.token(),
      'Content-Type': 'application/json',
      ...headers,
    };
    return this.fetch(`/subscriptions/${WORKSPACE}/${path}`, { method: 'POST', headers: all, body });
  }

  /** Everything in the log, `high` first. */
  async entries(): Promise<readonly Entry[]> {
    const limit = { entries: Infinity, objects: Infinity, bytes: Infinity };
    const lanes = LANES.map((lane: Lane) => this.reader.read(WORKSPACE, lane, LOG_START, limit));
    return (await Promise.all(lanes)).flat();
  }

  /** Bytes to the server and everything that it sends until it closes, or until `isDone` says so. */
  async raw(bytes: string | Uint8Array, isDone: (text: string) => boolean = () => false): Promise<string> {
    const socket = this.connect();
    socket.write(bytes);
    const text = await receivedText(socket, isDone);
    socket.destroy();
    return text;
  }

  connect(): Socket {
    return connect(this.port, '127.0.0.1').on('error', () => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.drain();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #recorder(): GatewayEvents {
    const recorder =
      (name: keyof GatewayEvents) =>
      (detail: unknown): void => {
        this.said.push({ name, detail });
      };
    return {
      requestAnswered: recorder('requestAnswered'),
      entryAccepted: recorder('entryAccepted'),
      requestRefused: recorder('requestRefused'),
      recordsRefused: recorder('recordsRefused'),
      postbackRejected: recorder('postbackRejected'),
      internalFault: recorder('internalFault'),
      logFailed: recorder('logFailed'),
    };
  }
}

/** Resolves with what arrived when the other side closes, or as soon as `isDone` holds. */
export function receivedText(socket: Socket, isDone: (text: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (isDone(text)) resolve(text);
    });
    socket.on('close', () => resolve(text));
  });
}

async function definedControl(): Promise<Control> {
  const control = createMemoryControl();
  await control.createWorkspace(WORKSPACE, 0);
  await control.createWorkspace(OTHER_WORKSPACE, 0);
  await control.addClient(client('client-1', ['Read-Write Lead', 'Read-Write Custom Object']));
  await control.addClient(client('client-without-rights', []));
  const key = { workspace: WORKSPACE, access: 'write-only', createdAt: 0 } as const;
  await control.addWriteKey({ ...key, id: 'key-1', name: 'wide', keyHash: hash('sha256', WRITE_KEY) });
  const databases = ['only_db'];
  await control.addWriteKey({ ...key, id: 'key-2', name: 'narrow', keyHash: hash('sha256', NARROW_KEY), databases });
  await control.putCustomObject(WORKSPACE, {
    apiName: 'Purchases',
    displayName: 'Purchases',
    fields: [{ name: 'vin', displayName: 'vin', dataType: 'string', length: 36 }],
    dedupeFields: ['vin'],
  });
  return control;
}

function client(clientId: string, permissions: Client['permissions']): Client {
  const secretHash = hash('sha256', CLIENT_SECRET);
  return { clientId, workspace: WORKSPACE, name: 'a@b.example', permissions, secretHash, createdAt: 0 };
}
