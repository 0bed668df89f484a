/**
 * The two files in the data directory that are there for people and scripts.
 * Owns: the shapes of `credentials.json` and `server.json`.
 * Never: is read by the server, which keeps only hashes (law 8).
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { writeDurableFile } from './durable-file.ts';
import { CommandError, EXIT_CODES } from './exit-codes.ts';

/** What the first start makes; shown once. */
export interface Credentials {
  /** Where others reach the server. */
  readonly url: string;
  readonly munchkinId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly writeKey: string;
  readonly adminToken: string;
}

/** Where the server that owns the directory listens, or last did. */
export interface ServerFile {
  readonly url: string;
  readonly pid: number;
}

/** Absolute, so that what is printed works from everywhere. */
export function credentialsPath(directory: string): string {
  return resolve(directory, 'credentials.json');
}

/** Written one member a line, so that `sed` can read it where there is no `jq`. */
export async function writeCredentials(directory: string, credentials: Credentials): Promise<void> {
  await writeDurableFile(credentialsPath(directory), toText(credentials), 0o600);
}

export async function writeServerFile(directory: string, server: ServerFile): Promise<void> {
  await writeDurableFile(join(directory, 'server.json'), toText(server), 0o644);
}

/** Undefined when there is no such file. */
export async function readCredentials(directory: string): Promise<Partial<Credentials> | undefined> {
  return readJsonFile<Credentials>(credentialsPath(directory));
}

/** Undefined when no server ever started here. */
export async function readServerFile(directory: string): Promise<Partial<ServerFile> | undefined> {
  return readJsonFile<ServerFile>(join(directory, 'server.json'));
}

async function readJsonFile<Shape>(path: string): Promise<Partial<Shape> | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Partial<Shape>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // The parser's own message would quote the text, and with it secrets.
    const reason = error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message;
    throw new CommandError(EXIT_CODES.failed, `${path} cannot be read: ${reason}.`);
  }
}

function toText(members: object): string {
  return `${JSON.stringify(members, undefined, 2)}\n`;
}
