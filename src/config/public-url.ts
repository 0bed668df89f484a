/** Where others reach the server, and what follows for the links that they are given. */
import type { Config } from './options.ts';

/**
 * What stands before the paths that readers are led to. Nothing where a path alone is right at each address of the
 * server, so that nobody who reads it from inside is led out. Below a path of a proxy's it would be wrong: there the
 * public URL stands before it.
 */
export function linkBase({ publicUrl }: Pick<Config, 'publicUrl'>): string {
  return publicUrl === undefined || new URL(publicUrl).pathname === '/' ? '' : publicUrl;
}
