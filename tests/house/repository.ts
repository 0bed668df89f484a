/**
 * The repository as text: which files there are and what stands in them.
 * Owns: the list of folders that are not ours to judge. Never: judges.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

const NOT_OURS = ['node_modules/**', '.git/**', 'inlet-data/**', 'bench/results/**', 'console/dist/**'];

export interface TextFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Files that match any of the patterns, in the order of their paths. */
export function readFiles(...patterns: readonly string[]): readonly TextFile[] {
  const paths = globSync([...patterns], { cwd: ROOT, exclude: NOT_OURS });
  return paths.toSorted().map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** Sources of the server, with the tests beside them. */
export function readSources(): readonly TextFile[] {
  return readFiles('src/**/*.ts');
}

export function isTest(path: string): boolean {
  return /\.(test|exam|fixture)\.m?ts$/.test(path) || path.startsWith('tests/');
}

export function exists(path: string): boolean {
  return existsSync(join(ROOT, path));
}
