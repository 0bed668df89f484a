/**
 * The paths of the Data Ingestion API.
 * Owns: what they look like. Never: knows whether a workspace or a type exists.
 */

export type IngestionRoute =
  | { readonly kind: 'person'; readonly munchkinId: string }
  | { readonly kind: 'customObject'; readonly munchkinId: string; readonly apiName: string };

/**
 * Reads what follows `/subscriptions/`, such as `556-RJS-213/persons`. Undefined when there is no such path.
 * An API name may be percent-encoded; one that cannot be decoded is no path.
 */
export function readIngestionRoute(rest: string): IngestionRoute | undefined {
  const segments = rest.split('/', 4);
  const [munchkinId = '', collection, apiName] = segments;
  if (munchkinId === '') return undefined;
  if (collection === 'persons' && segments.length === 2) return { kind: 'person', munchkinId };
  if (collection !== 'customobjects' || segments.length !== 3 || !apiName) return undefined;
  const decoded = decodeSegment(apiName);
  return decoded === undefined ? undefined : { kind: 'customObject', munchkinId, apiName: decoded };
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
