/**
 * Finds the server, the token and the workspace for a client command.
 * Owns: the order in which flags, environment and data directory are asked.
 * Never: sends a token of the data directory to another server than the one that the directory names.
 */
import { ApiClient } from './api-client.ts';
import { readCredentials, readServerFile } from './data-directory-files.ts';
import type { Credentials } from './data-directory-files.ts';
import { CommandError, EXIT_CODES } from './exit-codes.ts';
import { plainText } from './plain-text.ts';
import { OPTIONS } from '#config/options.ts';

/** What the flags of a client command say. */
export interface ConnectionFlags {
  readonly url?: string;
  readonly token?: string;
  readonly workspace?: string;
  readonly data?: string;
}

interface Wanted extends ConnectionFlags {
  /** Unless it is false, a server with several workspaces and none named is an error. */
  readonly needsWorkspace?: boolean;
}

export interface Connection {
  readonly api: ApiClient;
  /** `/v1/workspaces/{munchkinId}`; empty when none is needed and none was named. */
  readonly workspacePath: string;
}

export async function connect(
  flags: Wanted,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Connection> {
  const directory = flags.data ?? (environment['INLET_DATA'] || OPTIONS.dataDirectory.default);
  const wantedUrl = flags.url ?? (environment['INLET_URL'] || undefined);
  const ownUrl = (await readServerFile(directory))?.url;
  const url = plainUrl(wantedUrl ?? ownUrl ?? missing(directory, 'server', '--url or INLET_URL'));
  const isOwn = ownUrl !== undefined && plainUrl(ownUrl) === url;
  const credentials: Partial<Credentials> = (isOwn ? await readCredentials(directory) : undefined) ?? {};
  const token =
    flags.token ??
    (environment['INLET_ADMIN_TOKEN'] || undefined) ??
    credentials.adminToken ??
    missing(directory, `token for ${url}`, '--token or INLET_ADMIN_TOKEN');
  const api = new ApiClient(url, token);
  if (flags.needsWorkspace === false && flags.workspace === undefined) return { api, workspacePath: '' };
  const workspace = flags.workspace ?? credentials.munchkinId ?? (await onlyWorkspace(api));
  return { api, workspacePath: `/v1/workspaces/${encodeURIComponent(workspace)}` };
}

function missing(directory: string, what: string, remedy: string): never {
  throw new CommandError(
    EXIT_CODES.usage,
    `The data directory ${directory} names no ${what}. Give ${remedy}, or --data.`,
  );
}

function plainUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new CommandError(
      EXIT_CODES.usage,
      `${JSON.stringify(text)} is not the URL of a server, such as http://127.0.0.1:8080.`,
    );
  }
  return url.href.replace(/\/+$/u, '');
}

async function onlyWorkspace(api: ApiClient): Promise<string> {
  const { items } = await api.list('/v1/workspaces', 100);
  const names = items.map((workspace) => plainText(workspace['munchkinId']));
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  const known =
    names.length === 0 ? 'The server has no workspace' : `The server has the workspaces ${names.join(', ')}`;
  throw new CommandError(EXIT_CODES.usage, `${known}; name one with --workspace.`);
}
