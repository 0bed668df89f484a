/** Path and method → call. A path that no call knows is told from a method that the path does not know. */
import { methodNotSupported, restError } from './errors.ts';
import { REST_CALLS } from './calls.ts';
import type { RestCallName } from './calls.ts';

export interface FoundCall {
  readonly name: RestCallName;
  /** What stands in the path for the parameters of the table. */
  readonly path: Readonly<Record<string, string>>;
}

interface RestRoute {
  readonly name: RestCallName;
  readonly method: string;
  readonly steps: readonly string[];
}

const VERSION = 'v1';

const ROUTES: readonly RestRoute[] = Object.entries(REST_CALLS).flatMap(([name, { routes }]) =>
  routes.map(([method, path]) => ({ name: name as RestCallName, method, steps: [VERSION, ...path.split('/')] })),
);

/** `segments` are those after `/rest/`. Throws a {@link RestError}: 610 for an unknown path, 605 for a wrong method. */
export function findCall(segments: readonly string[], method: string): FoundCall {
  const fitting = ROUTES.flatMap((route) => {
    const path = parametersOf(route.steps, segments);
    return path === undefined ? [] : [{ route, path }];
  });
  const [first] = fitting;
  if (first === undefined) throw restError('610');
  const samePath = fitting.filter(({ route }) => route.steps.join('/') === first.route.steps.join('/'));
  const found = samePath.find(({ route }) => route.method === method);
  if (found !== undefined) return { name: found.route.name, path: found.path };
  throw methodNotSupported(
    method,
    samePath.map(({ route }) => route.method),
  );
}

function parametersOf(
  steps: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (steps.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [at, step] of steps.entries()) {
    const value = valueIn(step, segments[at] ?? '');
    if (value === undefined) return undefined;
    if (step.startsWith('{')) parameters[step.slice(1, step.indexOf('}'))] = value;
  }
  return parameters;
}

// `{leadId}.json` stands for any text before `.json`; a step without braces stands for itself.
function valueIn(step: string, segment: string): string | undefined {
  if (!step.startsWith('{')) return step === segment ? segment : undefined;
  const ending = step.slice(step.indexOf('}') + 1);
  if (!segment.endsWith(ending) || segment.length === ending.length) return undefined;
  return segment.slice(0, segment.length - ending.length);
}
