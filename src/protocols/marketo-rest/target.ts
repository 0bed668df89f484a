/**
 * The REST protocol of Marketo: what a request's target says.
 * Owns: where the API lies, and how loosely clients may spell its paths. Never: knows which calls there are.
 */

export interface RestTarget {
  /** Of the path; absent when the token alone names the workspace. */
  readonly munchkinId?: string;
  /** What follows `/rest/`, decoded, such as `v1` and `leads.json`. Empty when the path leaves the API. */
  readonly segments: readonly string[];
  /** Without its question mark. */
  readonly query: string;
}

/**
 * The route under which the HTTP API serves every target of the REST API. It is well formed and short, which a target
 * need not be.
 */
export const REST_ROUTE = '/rest';

/** Of a target, query and all, as documented. */
export const MAX_TARGET_BYTES = 8192;

/** A target in absolute form, which every server must take (RFC 9112, section 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]*/i;
const REST_PATH = /^\/(?:subscriptions\/(?<munchkinId>[^/]+)\/)?rest\/(?<rest>.*)$/;

/**
 * Reads a target. Undefined when it does not begin with `/rest/` or `/subscriptions/{munchkinId}/rest/`.
 * Clients send double slashes and dot segments as they are (`/rest/../bulk/v1/…`), so that both are taken here.
 */
export function readRestTarget(target: string): RestTarget | undefined {
  const [path, query] = cut(target.replace(ORIGIN, '').split('#', 1)[0] ?? '');
  const groups = REST_PATH.exec(path.replaceAll(/\/{2,}/g, '/'))?.groups;
  if (groups === undefined) return undefined;
  const { munchkinId, rest = '' } = groups;
  return {
    query,
    segments: resolved(rest.split('/')),
    ...(munchkinId !== undefined && { munchkinId: decoded(munchkinId) ?? munchkinId }),
  };
}

function cut(target: string): readonly [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

// RFC 3986, section 5.2.4. What climbs out of `rest/` is no path of this API, even when it climbs in again.
function resolved(steps: readonly string[]): readonly string[] {
  const segments: string[] = [];
  for (const step of steps) {
    if (step === '.') continue;
    const segment = decoded(step);
    if (segment === undefined || (step === '..' && segments.pop() === undefined)) return [];
    if (step !== '..') segments.push(segment);
  }
  return segments;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
