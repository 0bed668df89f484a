/** Pages of leads and custom objects: the limits of the documented calls over the store's reading. */
import { decideValue, isValueProblem } from '#model/field-value.ts';
import type { FieldDefinition, FieldValue } from '#model/field.ts';
import type { JsonValue } from '#model/json.ts';
import type { MunchkinId } from '#model/words.ts';
import type { ObjectPage, ObjectPageRequest } from '#ports/store-reader.ts';
import { blank, invalidValue, restError } from '#protocols/marketo-rest/errors.ts';
import { pageToken, placeOf } from '#protocols/marketo-rest/page-token.ts';
import type { RestParameters } from '#protocols/marketo-rest/parameters.ts';
import type { RestCall, RestParts } from './rest-parts.ts';

/** Records in one page, and values in one filter, as documented. */
export const MAX_PAGE = 300;
/** Leads that one filter may find, as documented. */
const MAX_MATCHES = 1000;

type Match = NonNullable<ObjectPageRequest['match']>;

/** What is looked for: `persons` or an API name, which fields, and by which. */
export interface Lookup extends Pick<ObjectPageRequest, 'type' | 'fields'> {
  readonly match: Match;
  /** Identities of persons are numbers, those of custom objects texts. */
  readonly numbered: boolean;
}

/** A page, and the token of the next one while there is one. Rejects with a {@link RestError} for a bad parameter. */
export async function readPage(
  { parts, client, parameters }: RestCall,
  lookup: Lookup,
): Promise<{ readonly rows: ObjectPage['rows']; readonly nextPageToken?: string }> {
  const { type, fields, match } = lookup;
  const limit = parameters.count('batchSize', MAX_PAGE);
  const after = placeAfter(parameters, lookup);
  const wanted = { type, fields, match, limit, ...(after !== undefined && { after }) };
  const page = (await parts.reader.objects(client.workspace, wanted)) ?? { rows: [], hasMore: false };
  const last = page.rows.at(-1);
  if (!page.hasMore || last === undefined) return { rows: page.rows };
  if (after === undefined) await refuseTooMany(parts, client.workspace, lookup);
  return { rows: page.rows, nextPageToken: pageToken(String(last.identity)) };
}

function placeAfter(parameters: RestParameters, { numbered }: Lookup): number | string | undefined {
  const token = parameters.text('nextPageToken');
  if (token === undefined) return undefined;
  const place = placeOf(token);
  if (!numbered) return place;
  if (/^\d{1,15}$/.test(place)) return Number(place);
  throw restError('1003', 'nextPageToken must be what the page before gave');
}

// Documented of leads; custom objects are found by keys.
async function refuseTooMany({ reader }: RestParts, workspace: MunchkinId, lookup: Lookup): Promise<void> {
  const { type, match, numbered } = lookup;
  if (!numbered) return;
  const page = await reader.objects(workspace, { type, match, fields: [], limit: MAX_MATCHES });
  if (page?.hasMore === true) throw restError('1003', 'Too many results match the filter');
}

/** The values of a filter. Throws a {@link RestError}: 701 without any, 1003 for too many, 1001 for a misfit. */
export function filterKeys(field: FieldDefinition, values: readonly string[]): readonly (readonly FieldValue[])[] {
  refuseKeyCount(values.length, 'filterValues');
  return values.map((value) => [keyValue(field, value)]);
}

/** Throws a {@link RestError}: 701 for none, 1003 for too many. */
export function refuseKeyCount(count: number, name: string): void {
  if (count === 0) throw blank(name);
  if (count > MAX_PAGE) throw restError('1003', `${name} has ${count} values, at most ${MAX_PAGE} are allowed`);
}

/** A value as stores compare it. Throws a {@link RestError} (1001). */
export function keyValue(field: FieldDefinition, json: JsonValue): FieldValue {
  const value = decideValue(field, json);
  if (!isValueProblem(value)) return value;
  throw invalidValue(typeof json === 'string' ? json : JSON.stringify(json), field.dataType);
}
