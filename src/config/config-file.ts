import { unknownName } from './config-error.ts';
import { OPTION_LIST, fileKey } from './options.ts';

/** The config file's top level, as far as it could be read. */
export interface ConfigFile {
  /** As given; empty when there is no config file. */
  readonly path: string;
  /** JSON values by key. */
  readonly members: ReadonlyMap<string, unknown>;
}

/** The section with secrets, which is no option (see secrets.ts). */
export const BOOTSTRAP_KEY = 'bootstrap';

/** Reads the file, if one was named. What is wrong with it as a whole, and its unknown keys, become problems. */
export async function readConfigFile(
  path: string | undefined,
  readText: (path: string) => Promise<string>,
  problems: string[],
): Promise<ConfigFile> {
  if (path === undefined) return { path: '', members: new Map() };
  const members = await readMembers(path, readText, problems);
  const known = [...OPTION_LIST.map(({ flag }) => fileKey(flag)), BOOTSTRAP_KEY];
  for (const key of members.keys()) {
    if (!known.includes(key)) problems.push(`${path}: ${unknownName(key, 'key', known)}`);
  }
  return { path, members };
}

async function readMembers(
  path: string,
  readText: (path: string) => Promise<string>,
  problems: string[],
): Promise<Map<string, unknown>> {
  let text: string;
  try {
    text = await readText(path);
  } catch (error) {
    problems.push(`--config: ${JSON.stringify(path)} cannot be read: ${(error as Error).message}.`);
    return new Map();
  }
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Map(Object.entries(value));
  problems.push(`${path}: must be one JSON object, such as {"port": 8080}.`);
  return new Map();
}

// The parser's own message quotes the text, which may hold secrets, so it is not passed on (law 8).
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
