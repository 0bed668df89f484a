/** What the REST room works with. */
import type { OneAtATime } from '#kit/one-at-a-time.ts';
import type { Client, Workspace } from '#model/definitions.ts';
import type { JsonValue } from '#model/json.ts';
import type { RequestId } from '#model/words.ts';
import type { Applying } from '#ports/applying.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { Submitting } from '#ports/submitting.ts';
import type { TokenStanding } from '#protocols/identity/token-index.ts';
import type { RestAnswer } from '#protocols/marketo-rest/envelope.ts';
import type { RestParameters } from '#protocols/marketo-rest/parameters.ts';
import type { GatewayEvents } from '#telemetry/events.ts';
import type { UsageMeter } from './usage-meter.ts';

export interface RestParts {
  readonly control: Control;
  /** Checks and writes of one change of the definitions, without another's in between. */
  readonly change: OneAtATime;
  readonly clock: Clock;
  readonly reader: Pick<StoreReader, 'objects' | 'results'>;
  readonly applying: Pick<Applying, 'decided'>;
  readonly submitting: Submitting;
  readonly tokenStanding: (token: string) => TokenStanding;
  readonly usage: UsageMeter;
  readonly events: Pick<GatewayEvents, 'requestRefused' | 'internalFault'>;
  /** What becomes of a lead that several match: as for the applier. */
  readonly multipleMatches: 'fail' | 'update-most-recent';
  /** How long a write may take from its first append to its last result. */
  readonly patienceMs: number;
}

/** A call that has passed the door. */
export interface RestCall {
  readonly parts: RestParts;
  readonly client: Client;
  readonly workspace: Workspace;
  /** What stands in the path for the parameters of the table of calls. */
  readonly path: Readonly<Record<string, string>>;
  readonly parameters: RestParameters;
  /** Absent when there was no body, or a form. */
  readonly json: JsonValue | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
}

export interface RestReply extends RestAnswer {
  /** Of a write: the id by which its fates can be looked up; sent as `X-Request-Id`. */
  readonly requestId?: RequestId;
}

/** Rejects with a {@link RestError}, or with what a port rejects with. */
export type RestHandler = (call: RestCall) => Promise<RestReply>;
