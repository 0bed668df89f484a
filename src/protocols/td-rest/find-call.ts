/** Path and method → call of the table. A path that no call knows is told from a method that the path does not know. */
import { TD_CALLS } from './calls.ts';
import type { TdCallEntry, TdCallName } from './calls.ts';
import { tdError } from './errors.ts';

/** Under which the HTTP API serves all calls. */
export const TD_PREFIX = '/v3/';

export interface FoundTdCall {
  readonly name: TdCallName;
  readonly entry: TdCallEntry;
  /** What stands in the path for the parameters of the table, decoded. */
  readonly path: Readonly<Record<string, string>>;
  /** Of the query. */
  readonly query: URLSearchParams;
}

/** The target, below {@link TD_PREFIX} if it is one of these: td-client puts a slash too many before each path. */
export function tdTarget(target: string): string {
  return target.replace(/^\/{2,}(?=v3\/)/, '/');
}

const ORIGIN = /^https?:\/\/[^/?#]*/i;
const CALLS = Object.entries(TD_CALLS).map(([name, entry]) => ({
  name: name as TdCallName,
  entry,
  steps: entry.path.split('/'),
}));

/**
 * Reads a target that begins with `/v3/`; clients put slashes twice, and at the end.
 * Throws a {@link TdError}: 404 for an unknown path, 405 for a wrong method.
 */
export function findTdCall(target: string, method: string): FoundTdCall {
  const [path = '', search = ''] = target.replace(ORIGIN, '').split('?', 2);
  const steps = path.split('/').filter((step) => step !== '');
  const fitting = CALLS.flatMap((call) => {
    const parameters = parametersOf(call.steps, steps.slice(1));
    return parameters === undefined ? [] : [{ ...call, path: parameters }];
  });
  const [first] = fitting;
  if (first === undefined)
    throw tdError('td-404', 'there is no such path; docs/guides/td-rest.md lists those there are');
  const found = fitting.find(({ entry }) => entry.method === method);
  if (found === undefined) throw tdError('td-405', `send ${first.entry.method}`);
  return { name: found.name, entry: found.entry, path: found.path, query: new URLSearchParams(search) };
}

function parametersOf(steps: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (steps.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [at, step] of steps.entries()) {
    const value = decoded(given[at] ?? '');
    if (value === undefined) return undefined;
    if (step.startsWith('{')) parameters[step.slice(1, -1)] = value;
    else if (step !== value) return undefined;
  }
  return parameters;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
