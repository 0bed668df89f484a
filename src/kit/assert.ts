/** Checks for our own mistakes. What the world gets wrong is answered with an error from the catalogue instead. */

/** Thrown when the program contradicts itself; never a reaction to input. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws {@link AssertionError} unless `condition` holds. `message` says which rule was broken. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Returns `value`, which the caller knows to be present. */
export function must<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new AssertionError(message);
  return value;
}

/** Marks a branch that no value can reach; the compiler complains when one can. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
