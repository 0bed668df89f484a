import type { RouteOptions } from 'fastify';

interface KnownPath {
  readonly steps: readonly string[];
  readonly methods: Set<string>;
}

/** Which methods a path knows, so that a wrong method is told from a wrong path. Asked when no route was found. */
export class KnownPaths {
  readonly #paths = new Map<string, KnownPath>();

  add(route: Pick<RouteOptions, 'url' | 'method'>): void {
    const known = this.#paths.get(route.url) ?? { steps: route.url.split('/'), methods: new Set() };
    for (const method of [route.method].flat()) known.methods.add(method);
    this.#paths.set(route.url, known);
  }

  /** Empty when no such path exists. */
  methodsOf(url: string): readonly string[] {
    const [path = ''] = url.split('?', 1);
    const steps = path.split('/');
    const matching = [...this.#paths.values()].filter((known) => matches(known.steps, steps));
    return matching.flatMap(({ methods }) => [...methods]).toSorted();
  }
}

function matches(pattern: readonly string[], steps: readonly string[]): boolean {
  return pattern.length === steps.length && pattern.every((step, at) => matchesStep(step, steps[at]));
}

// A parameter stands for something: `clients/` is not `clients/:clientId`.
function matchesStep(pattern: string, step: string | undefined): boolean {
  return pattern.startsWith(':') ? step !== '' : pattern === step;
}
