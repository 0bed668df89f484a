/** A Data Ingestion request on its way through the checks. */
import type { Client, Workspace } from '#model/definitions.ts';
import type { CustomObjectType } from '#model/field.ts';
import type { IngestionRoute } from '#protocols/ingestion/route.ts';
import type { Exchange } from './exchange.ts';
import type { FieldsPlace } from './ingestion-fields.ts';
import type { Route } from './routes.ts';
import type { GatewayState } from './state.ts';

/** Each check may add what it found. */
export interface IngestionCase {
  readonly exchange: Exchange;
  readonly state: GatewayState;
  readonly route: Extract<Route, { protocol: 'ingestion' }>;
  path?: IngestionRoute;
  client?: Client;
  workspace?: Workspace;
  /** Only of a request of custom objects. */
  type?: CustomObjectType;
}

/** A request that has passed every check of its head. */
export interface HeadedCase extends IngestionCase {
  path: IngestionRoute;
  client: Client;
  workspace: Workspace;
}

/** Where the fields of its objects are defined. */
export function fieldsPlace({ client: { workspace }, type }: HeadedCase): FieldsPlace {
  return type === undefined ? { workspace } : { workspace, apiName: type.apiName };
}
