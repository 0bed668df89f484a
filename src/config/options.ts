/**
 * The options of the server, in one table.
 * Owns: every name, type, default and help text; flags, environment, config file and reference page follow from it.
 * Never: reads a value.
 */
import type { Limits, OptionTypeName, OptionValues } from './option-types.ts';

export interface OptionDefinition extends Limits {
  /** Without its dashes. Environment name and config file key are made from it. */
  readonly flag: string;
  readonly type: OptionTypeName;
  /** As a user would write it; null where the option is simply absent. */
  readonly default: string | null;
  /** A sentence without its full stop. */
  readonly help: string;
}

/** By the name that the value has in {@link Config}, in the order of `--help`. */
export const OPTIONS = {
  dataDirectory: {
    flag: 'data',
    type: 'path',
    default: './inlet-data',
    help: 'Data directory, created with mode 0700; one server at a time',
  },
  host: { flag: 'host', type: 'host', default: '127.0.0.1', help: 'Address to listen on' },
  port: { flag: 'port', type: 'port', default: '8080', help: 'Port to listen on; 0 picks a free one' },
  tlsCertPath: {
    flag: 'tls-cert',
    type: 'path',
    default: null,
    help: 'Certificate chain in PEM; together with --tls-key the server speaks https',
  },
  tlsKeyPath: { flag: 'tls-key', type: 'path', default: null, help: 'Private key in PEM, for --tls-cert' },
  publicUrl: {
    flag: 'public-url',
    type: 'url',
    default: null,
    help: 'URL under which others reach the server through a proxy; without it, the address it listens at',
  },
  trustProxy: {
    flag: 'trust-proxy',
    type: 'boolean',
    default: 'false',
    help: 'Believe X-Forwarded-For when an event asks for the address of its sender (td_ip)',
  },
  maxRequestBytes: {
    flag: 'max-request-bytes',
    type: 'bytes',
    default: '1048576',
    minimum: '1KiB',
    maximum: '100MiB',
    help: 'Largest body of a Data Ingestion request, after inflation',
  },
  maxObjects: {
    flag: 'max-objects',
    type: 'integer',
    default: '1000',
    minimum: '1',
    maximum: '100000',
    help: 'Most objects in a Data Ingestion request',
  },
  requestsPerSecond: {
    flag: 'requests-per-second',
    type: 'integer',
    default: '5000',
    minimum: '1',
    help: 'Most Data Ingestion requests of one client in a second, then 429',
  },
  dailyObjects: {
    flag: 'daily-objects',
    type: 'integer',
    default: '10000000',
    minimum: '1',
    help: 'Most Data Ingestion objects of one workspace in a day, then 429; the count survives a restart',
  },
  quotaTimezone: {
    flag: 'quota-timezone',
    type: 'timezone',
    default: 'UTC',
    help: 'Time zone in which the day of --daily-objects begins',
  },
  tokenLifetimeMs: {
    flag: 'token-lifetime',
    type: 'duration',
    default: '1h',
    minimum: '1s',
    maximum: '7d',
    help: 'How long an access token is good',
  },
  createPartitions: {
    flag: 'create-partitions',
    type: 'boolean',
    default: 'true',
    help: 'The first request that names an unknown partition creates it; otherwise such a request is refused',
  },
  unknownFields: {
    flag: 'unknown-fields',
    type: 'enum',
    choices: 'reject|add',
    default: 'reject',
    help: 'A field that is not defined: its object fails with 1006, or it is made, with the type of its first value',
  },
  multipleMatches: {
    flag: 'multiple-matches',
    type: 'enum',
    choices: 'fail|update-most-recent',
    default: 'fail',
    help: 'What happens to an object that matches several persons: it fails with 1007, or updates the latest',
  },
  retryScheduleMs: {
    flag: 'retry-schedule',
    type: 'durations',
    default: '5m,30m,30m',
    minimum: '10ms',
    maximum: '7d',
    help: 'Waits before each retry of an object whose person does not exist, or that the store could not take',
  },
  postbackAuth: {
    flag: 'postback-auth',
    type: 'enum',
    choices: 'strict|compat',
    default: 'strict',
    help: 'Answer to an event with a bad write key: 403, or 200 while the event is counted as rejected',
  },
  redirectHosts: {
    flag: 'redirect-hosts',
    type: 'hosts',
    default: null,
    help: 'Hosts to which a pixel may send a browser on (td_redirect); without it to none',
  },
  webhookAllowPrivate: {
    flag: 'webhook-allow-private',
    type: 'boolean',
    default: 'false',
    help: 'Webhooks may reach private, loopback and other addresses that are not of the public internet',
  },
  createDatabases: {
    flag: 'create-databases',
    type: 'boolean',
    default: 'true',
    help: 'The first event for an unknown database creates it; otherwise such an event is refused',
  },
  idempotencyWindowMs: {
    flag: 'idempotency-window',
    type: 'duration',
    default: '24h',
    minimum: '1s',
    maximum: '7d',
    help: 'Events of a table with an equal Idempotency-Key, or uuid as records, are one within this time',
  },
  maxColumns: {
    flag: 'max-columns',
    type: 'integer',
    default: '512',
    minimum: '1',
    maximum: '1500',
    help: 'Most columns of an event table; further keys go to the JSON column _extra',
  },
  retentionMs: {
    flag: 'retention',
    type: 'duration',
    default: '7d',
    minimum: '1s',
    maximum: '3650d',
    help: 'How long applied entries, finished requests and the journal are kept; what waits stays, and so do failures that no replay has tried',
  },
  retentionBytes: {
    flag: 'retention-bytes',
    type: 'bytes',
    default: '10GB',
    minimum: '1MB',
    help: 'Most bytes of them that are kept: of entries in the log, and in each store of requests and journal, and of failures without their request',
  },
  maxBacklogBytes: {
    flag: 'max-backlog',
    type: 'bytes',
    default: '10GB',
    minimum: '1MB',
    help: 'Most accepted bytes that may wait to be applied, then 503',
  },
  storeMemoryBytes: {
    flag: 'store-memory',
    type: 'bytes',
    default: '128MB',
    minimum: '64MB',
    help: 'Memory that the store of a workspace may use to apply batches; four stores are open at most',
  },
  queryMemoryBytes: {
    flag: 'query-memory',
    type: 'bytes',
    default: '512MB',
    minimum: '16MB',
    help: 'Memory that an SQL query may use',
  },
  queryTimeoutMs: {
    flag: 'query-timeout',
    type: 'duration',
    default: '30s',
    minimum: '100ms',
    maximum: '1h',
    help: 'Time that an SQL query may take',
  },
  logLevel: {
    flag: 'log-level',
    type: 'enum',
    choices: 'trace|debug|info|warn|error',
    default: 'info',
    help: 'Least severe level that is logged, on stderr',
  },
} as const;

export type OptionKey = keyof typeof OPTIONS;

type Words<Text extends string> = Text extends `${infer Word}|${infer Rest}` ? Word | Words<Rest> : Text;

type Present<Definition extends OptionDefinition> = Definition extends {
  readonly choices: infer Choices extends string;
}
  ? Words<Choices>
  : OptionValues[Definition['type']];

type Value<Definition extends OptionDefinition> = Definition['default'] extends null
  ? Present<Definition> | undefined
  : Present<Definition>;

/** The options of one run. Bytes in `…Bytes`, milliseconds in `…Ms`; paths as they were given. */
export type Config = { readonly [Key in OptionKey]: Value<(typeof OPTIONS)[Key]> };

/** The definitions in the order of the table, each with its name in {@link Config}. */
export const OPTION_LIST: readonly (OptionDefinition & { readonly key: OptionKey })[] =
  Object.entries<OptionDefinition>(OPTIONS).map(([key, option]) => ({ ...option, key: key as OptionKey }));

/** `max-columns` → `INLET_MAX_COLUMNS`. */
export function environmentName(flag: string): string {
  return `INLET_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** `max-columns` → `maxColumns`: how a flag is spelt in JSON. */
export function fileKey(flag: string): string {
  return flag.replaceAll(/-(\w)/gu, (_, letter: string) => letter.toUpperCase());
}
