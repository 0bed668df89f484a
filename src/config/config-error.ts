import { nearestName } from './nearest-name.ts';

/** Everything that is wrong with the configuration, found before anything starts. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One sentence each: what is wrong, and how to mend it. Never holds a secret. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** The sentence for a name that nothing knows. `what` is such as `option`. */
export function unknownName(name: string, what: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return `${name}: there is no such ${what}${nearest === undefined ? '.' : `; did you mean ${nearest}?`}`;
}
