/** What the room of Treasure Data's REST API works with. */
import type { WriteKey } from '#model/definitions.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import type { Applying } from '#ports/applying.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { Submitting } from '#ports/submitting.ts';
import type { TdParameters } from '#protocols/td-rest/parameters.ts';
import type { GatewayEvents } from '#telemetry/events.ts';
import type { IncomingMessage } from 'node:http';
import type { ImportsUnderWay } from './imports-under-way.ts';
import type { JobRunner } from './job-runner.ts';
import type { LatestWrites } from './latest-writes.ts';

export interface TdParts {
  readonly control: Control;
  readonly clock: Clock;
  readonly reader: Pick<StoreReader, 'eventTables' | 'events' | 'checkpoint' | 'requests'>;
  readonly intake: Pick<IntakeReader, 'read'>;
  readonly applying: Pick<Applying, 'decided'>;
  readonly submitting: Submitting;
  readonly jobs: JobRunner;
  readonly latest: LatestWrites;
  readonly importsUnderWay: ImportsUnderWay;
  readonly events: Pick<GatewayEvents, 'requestRefused' | 'internalFault'>;
  /** Where imports lie until they are whole. Made when it is needed. */
  readonly spoolDirectory: string;
  /** How long the id of an import is remembered. */
  readonly importWindowMs: number;
  /** How long one entry may wait for room in the log, and a deletion until it is applied. */
  readonly patienceMs: number;
}

/** A call that has passed the door. */
export interface TdCall {
  readonly parts: TdParts;
  readonly key: WriteKey;
  readonly workspace: MunchkinId;
  /** What stands in the path for the parameters of the table of calls. */
  readonly path: Readonly<Record<string, string>>;
  /** Of query and body; of the query alone for an import. */
  readonly parameters: TdParameters;
  /** The request: an import reads its body. */
  readonly body: IncomingMessage;
  /** The `Range` header. */
  readonly range: string | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

export interface TdReply {
  /** 200 unless given. */
  readonly status?: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Of a write: the id by which its fates can be looked up; sent as `X-Request-Id`. */
  readonly requestId?: RequestId;
}

/** Rejects with a TdError, or with what a port rejects with. */
export type TdHandler = (call: TdCall) => Promise<TdReply>;
