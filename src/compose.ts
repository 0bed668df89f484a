/**
 * Builds the server: the gateway in this process, the store in another.
 * Owns: which engines it consists of, the order in which they open, and in which they close.
 * Never: decides anything else.
 */
import { randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import { addGivenSecrets, createWorkspaceWithCredentials } from '#admin/credentials.ts';
import type { WorkspaceCredentials } from '#admin/credentials.ts';
import { buildHttpApi } from '#admin/http-api.ts';
import type { Credentials } from '#cli/data-directory-files.ts';
import type { RunningServer } from '#cli/serve.ts';
import type { Config } from '#config/options.ts';
import { linkBase } from '#config/public-url.ts';
import type { Secrets } from '#config/secrets.ts';
import { StoreClient } from '#engines/process/store-client.ts';
import type { Progress } from '#engines/process/store-server.ts';
import { TOPICS } from '#engines/process/store-server.ts';
import { StoreSupervisor } from '#engines/process/supervisor.ts';
import { openSqliteControl } from '#engines/sqlite/control.ts';
import { lockDirectory } from '#engines/sqlite/directory-lock.ts';
import { openDirectoryVersion } from '#engines/sqlite/directory-version.ts';
import { openSqliteIntakeWriter } from '#engines/sqlite/intake-log.ts';
import { openSqliteIntakeReader } from '#engines/sqlite/intake-reader.ts';
import type { Synchronous } from '#engines/sqlite/intake-tables.ts';
import { SYSTEM_CLOCK } from '#engines/system/clock.ts';
import { BacklogGauge } from '#gateway/backlog-gauge.ts';
import { createGateway } from '#gateway/gateway.ts';
import type { Gateway } from '#gateway/gateway.ts';
import { TokenDirectory } from '#gateway/token-directory.ts';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { OneAtATime } from '#kit/one-at-a-time.ts';
import type { RequestId } from '#model/words.ts';
import type { Control } from '#ports/control.ts';
import type { IntakeReader, IntakeWriter } from '#ports/intake-log.ts';
import { queryRoutes } from '#query/query-routes.ts';
import type { UsageMeter } from '#rest/usage-meter.ts';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { composeJournal, openJournalEars } from './compose-journal.ts';
import type { JournalEars, JournalRoom } from './compose-journal.ts';
import { composeRest, composeUsage } from './compose-rest.ts';
import { composeTdRest } from './compose-td-rest.ts';
import { createTelemetry, logIsReadable } from './compose-telemetry.ts';
import type { Telemetry } from './compose-telemetry.ts';
import { composeUpkeep } from './compose-upkeep.ts';
import { composeWebhooks } from './compose-webhooks.ts';
import type { StoreSettings } from './compose-store.ts';
import { dataFiles } from './data-files.ts';
import { listen } from './listen.ts';
import { readTlsFiles } from './tls-files.ts';
import manifest from '../package.json' with { type: 'json' };

export interface ComposeOptions {
  /** Given the secrets of the first start before their hashes are stored. */
  readonly keep: (credentials: Credentials) => Promise<void>;
  /** For tests alone: `OFF` breaks law 1 on purpose, so that the test of that law can be seen to fail. */
  readonly synchronous?: Synchronous;
}

/** Bodies that are being read or appended at one moment may hold this much (law 6). */
const MAX_BODY_MEMORY_BYTES = 256 * 1024 * 1024;

/** The same for bodies of the HTTP API, whose callers are few: what comes in by the gateway takes nothing from them. */
const MAX_API_BODY_MEMORY_BYTES = 64 * 1024 * 1024;

/** Resolves once the server is open for traffic. Rejects with a message for the operator. */
export async function composeServer(config: Config, secrets: Secrets, options: ComposeOptions): Promise<RunningServer> {
  const { host, port } = config;
  const tls = readTlsFiles(config);
  await using opened = new AsyncDisposableStack();
  const storage = await openStorage(config, options, opened);
  await addGivenSecrets(storage.control, secrets, SYSTEM_CLOCK.now());
  const telemetry = await createTelemetry(config, opened);
  const gauge = opened.use(new BacklogGauge(storage.intake));
  const ears = openJournalEars();
  const store = startStore(config, { telemetry, gauge, ears, opened });
  // One queue for all that change definitions, whichever way the change came in.
  const change = oneAtATime();
  const heard = { ...telemetry, events: ears.heard(telemetry.events) };
  const gateway = composeGateway(config, { ...storage, ...heard, gauge, store, change });
  const journal = opened.use(
    composeJournal({ ears, ...storage, ...telemetry, store, gateway, linkBase: linkBase(config) }),
  );
  const address = { url: '' };
  const usage = opened.use(composeUsage(config, storage.control, telemetry.events));
  const { feed, pacer } = journal;
  const { version } = manifest;
  const shared = { ...storage, ...telemetry, change, address, opened };
  const { webhooks, routes } = composeWebhooks(config, { ...shared, feed, pacer, version });
  const parts = { ...shared, store, gateway, journal, routes, usage };
  const api = await composeHttpApi(config, parts);
  opened.defer(() => api.close());
  const listening = opened.use(await listen({ host, port, ...(tls && { tls }), gateway, api, newRequestId }));
  opened.defer(() => journal.endStreams());
  address.url = config.publicUrl ?? listening.url;
  // Before the port closes: no delivery delays the end of what is being answered.
  await opened.use(webhooks).start();
  const credentials = await firstStart(storage.control, secrets, (made) => options.keep({ url: address.url, ...made }));
  const owned = opened.move();
  return {
    url: listening.url,
    ...(credentials === undefined ? {} : { credentials: { url: address.url, ...credentials } }),
    failed: listening.failed,
    close: () => owned.disposeAsync(),
  };
}

interface Storage {
  readonly control: Control;
  readonly writer: IntakeWriter;
  readonly intake: IntakeReader;
}

async function openStorage(
  { dataDirectory }: Config,
  { synchronous = 'FULL' }: Pick<ComposeOptions, 'synchronous'>,
  opened: AsyncDisposableStack,
): Promise<Storage> {
  const files = dataFiles(dataDirectory);
  opened.use(lockDirectory(dataDirectory));
  openDirectoryVersion(dataDirectory);
  const control = opened.use(await openSqliteControl({ directory: dataDirectory }));
  const writer = opened.use(await openSqliteIntakeWriter({ path: files.intake, synchronous }));
  return { control, writer, intake: opened.use(openSqliteIntakeReader({ path: files.intake })) };
}

/** A directory without workspaces gets one. The port is open already, so that a port in use makes no workspace. */
async function firstStart(
  control: Control,
  secrets: Secrets,
  keep: (credentials: WorkspaceCredentials) => Promise<void>,
): Promise<WorkspaceCredentials | undefined> {
  if (control.definitions().workspaces.size > 0) return undefined;
  const given = secrets.adminToken === undefined ? {} : { adminToken: secrets.adminToken };
  const now = SYSTEM_CLOCK.now();
  return createWorkspaceWithCredentials(control, { tokenOpens: 'everything', now, keep, ...given });
}

interface StoreParts {
  readonly telemetry: Telemetry;
  readonly gauge: BacklogGauge;
  readonly ears: JournalEars;
  readonly opened: AsyncDisposableStack;
}

function startStore(config: Config, { telemetry, gauge, ears, opened }: StoreParts): StoreClient {
  const settings: StoreSettings = {
    dataDirectory: config.dataDirectory,
    storeMemoryBytes: config.storeMemoryBytes,
    queryMemoryBytes: config.queryMemoryBytes,
    maxColumns: config.maxColumns,
    multipleMatches: config.multipleMatches,
    idempotencyWindowMs: config.idempotencyWindowMs,
    retryScheduleMs: config.retryScheduleMs,
    logLevel: config.logLevel,
    readableLog: logIsReadable(),
  };
  const supervisor = new StoreSupervisor({
    script: join(import.meta.dirname, 'store-process.ts'),
    settings,
    onStarted: (caller) => {
      ears.onStarted(caller);
      caller.onTold(TOPICS.progress, (value) => {
        const { workspace, checkpoint } = value as Progress;
        gauge.applied(workspace, checkpoint);
      });
    },
    onDeath: (reason) => telemetry.storeEvents.storeRestarted(reason),
  });
  return new StoreClient(opened.use(supervisor));
}

interface GatewayComposition extends Storage, Telemetry {
  readonly gauge: BacklogGauge;
  readonly store: StoreClient;
  readonly change: OneAtATime;
}

function composeGateway(config: Config, parts: GatewayComposition): Gateway {
  const { control, writer, events, tracing, gauge, store, change } = parts;
  return createGateway({
    control,
    change,
    writer,
    applying: store,
    clock: SYSTEM_CLOCK,
    events: {
      ...events,
      entryAccepted: (event) => {
        gauge.appended(event.workspace);
        events.entryAccepted(event);
      },
    },
    tracing,
    newRequestId,
    backlogBytes: () => gauge.bytes(),
    databaseExists: async (workspace, database) =>
      (await control.eventPlaces(workspace)).some((place) => place.database === database) ||
      (await store.eventTables(workspace)).some((table) => table.database === database),
    options: {
      ...config,
      quotaTimeZone: config.quotaTimezone,
      tokenLifetimeSeconds: tokenLifetimeSeconds(config),
      maxBodyMemoryBytes: MAX_BODY_MEMORY_BYTES,
    },
  });
}

interface ApiComposition extends Storage, Telemetry {
  readonly store: StoreClient;
  readonly gateway: Gateway;
  readonly change: OneAtATime;
  readonly journal: JournalRoom;
  /** Of webhooks. */
  readonly routes: FastifyPluginAsync;
  readonly usage: UsageMeter;
  readonly opened: AsyncDisposableStack;
  /** Where others reach the server; known once the port is open. */
  readonly address: { readonly url: string };
}

function composeHttpApi(config: Config, parts: ApiComposition): Promise<FastifyInstance> {
  const { control, writer, intake, metrics, events, tracing, store, gateway, change, journal, usage, address, opened } =
    parts;
  const tokens = new TokenDirectory(control, tokenLifetimeSeconds(config));
  const query = queryRoutes({
    reader: store,
    intake,
    applying: store,
    control,
    submitting: gateway,
    clock: SYSTEM_CLOCK,
    durability: writer.durability,
    queryTimeoutMs: config.queryTimeoutMs,
  });
  return buildHttpApi({
    control,
    change,
    clock: SYSTEM_CLOCK,
    url: () => address.url,
    publicUrl: config.publicUrl,
    events,
    tracing,
    metrics,
    intakeTotals: writer,
    conservation: composeUpkeep(config, parts),
    applying: store,
    refusing: () => gateway.refusing(),
    accessTokenClient: (token) => tokens.clientOf(token, SYSTEM_CLOCK.now())?.client,
    version: manifest.version,
    maxBodyMemoryBytes: MAX_API_BODY_MEMORY_BYTES,
    routes: [
      query,
      journal.routes,
      parts.routes,
      composeRest(config, { control, change, store, gateway, tokens, usage, events }),
      composeTdRest(config, { control, intake, store, gateway, events, opened }),
    ],
  });
}

function tokenLifetimeSeconds({ tokenLifetimeMs }: Config): number {
  return Math.floor(tokenLifetimeMs / 1000);
}

function newRequestId(): RequestId {
  return randomUUIDv7() as RequestId;
}
