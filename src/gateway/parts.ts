/**
 * What a gateway is made of, and what an operator sets.
 * Owns: the shapes. Never: a default; those stand in the option table.
 */
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { OneAtATime } from '#kit/one-at-a-time.ts';
import type { Applying } from '#ports/applying.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';
import type { IntakeWriter } from '#ports/intake-log.ts';
import type { GatewayEvents } from '#telemetry/events.ts';
import type { GatewayTracing } from '#telemetry/tracing.ts';

export interface GatewayParts {
  readonly control: Control;
  /** Checks and writes of one change of a definition, without another's in between. */
  readonly change: OneAtATime;
  readonly writer: IntakeWriter;
  readonly applying: Pick<Applying, 'wake'>;
  readonly clock: Clock;
  readonly events: GatewayEvents;
  /** Absent: tracing is off. */
  readonly tracing?: GatewayTracing | undefined;
  /** A new UUID version 7 at each call. */
  readonly newRequestId: () => RequestId;
  /** Bytes of entries that no store has applied yet. Asked at every request, so it must cost nothing. */
  readonly backlogBytes: () => number;
  /** Asked only while `createDatabases` is off. */
  readonly databaseExists: (workspace: MunchkinId, database: string) => Promise<boolean>;
  readonly options: GatewayOptions;
}

export interface GatewayOptions {
  /** Of a Data Ingestion body, after inflation. */
  readonly maxRequestBytes: number;
  readonly maxObjects: number;
  /** Data Ingestion requests, per client. */
  readonly requestsPerSecond: number;
  /** Data Ingestion objects, per workspace. */
  readonly dailyObjects: number;
  /** IANA name; says when the day begins. */
  readonly quotaTimeZone: string;
  readonly tokenLifetimeSeconds: number;
  readonly createPartitions: boolean;
  /** What becomes of a member of an object that names no field: the object fails, or the field is made. */
  readonly unknownFields: 'reject' | 'add';
  /** `strict`: a bad key is 403. `compat`: it is 200, and the event is dropped and counted. */
  readonly postbackAuth: 'strict' | 'compat';
  /** In lower case, with the port where it is not the scheme's own. Absent: `td_redirect` is never followed. */
  readonly redirectHosts?: readonly string[] | undefined;
  readonly createDatabases: boolean;
  /** From here on 503 is answered. */
  readonly maxBacklogBytes: number;
  /** Of all bodies that are being read or appended at one moment. From here on 503 is answered. */
  readonly maxBodyMemoryBytes: number;
  /** Whether `X-Forwarded-For` names the sender. */
  readonly trustProxy: boolean;
}
