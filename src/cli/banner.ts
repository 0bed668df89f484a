/**
 * The greeting of `inlet serve`: where things are, the credentials of the first start, and three lines to paste.
 * Owns: its wording. Never: shows a secret elsewhere than on a terminal (law 8).
 */
import { styleText } from 'node:util';

import { credentialsPath } from './data-directory-files.ts';
import type { Credentials } from './data-directory-files.ts';
import { shellQuoted } from './shell-words.ts';

export interface BannerContent {
  readonly url: string;
  readonly dataDirectory: string;
  /** Of the first start only. */
  readonly credentials?: Credentials;
}

export interface BannerStyle {
  /** Secrets are spelt out only there. */
  readonly terminal: boolean;
  readonly color: boolean;
}

/** The whole text, with its last line feed. */
export function bannerText(content: BannerContent, style: BannerStyle): string {
  const { credentials, url } = content;
  const paint = painter(style.color);
  const lines = [`${paint('bold', 'Inlet')} is open at ${paint('bold', url)}`, ''];
  if (credentials === undefined) {
    lines.push(...labelled([['data', content.dataDirectory]]));
  } else {
    lines.push(...welcome(content, credentials, style.terminal), '');
    lines.push(paint('bold', 'Paste these, one after the other:'), '');
    // Whoever pastes them sits at this machine, where the way through a proxy may not be open yet.
    lines.push(...tryOut({ ...credentials, url }, secretsFor(content, credentials, style.terminal), paint));
  }
  return `\n${lines.join('\n')}\n\n`;
}

type Paint = (format: 'bold' | 'dim', text: string) => string;

function painter(color: boolean): Paint {
  return (format, text) => (color ? styleText(format, text, { validateStream: false }) : text);
}

function welcome(content: BannerContent, credentials: Credentials, terminal: boolean): string[] {
  const { url } = credentials;
  const secrets: Label[] = [
    ['client id', credentials.clientId],
    ['client secret', credentials.clientSecret],
    ['write key', credentials.writeKey],
    ['admin token', credentials.adminToken],
    ['kept in', credentialsPath(content.dataDirectory)],
  ];
  return labelled([
    ['events', `${url}/postback/v3/event/{database}/{table}`],
    ['persons', `${url}/subscriptions/${credentials.munchkinId}/persons`],
    ['admin, SQL', `${url}/v1`],
    ['workspace', credentials.munchkinId],
    ...(terminal ? secrets : [['credentials', credentialsPath(content.dataDirectory)] satisfies Label]),
  ]);
}

type Label = readonly [name: string, value: string];

function labelled(labels: readonly Label[]): string[] {
  return labels.map(([name, value]) => `  ${name.padEnd(13)}  ${value}`);
}

/** Each as it stands in a line for the shell: literal, or a command that reads the file. */
type ShellSecrets = Readonly<Record<'clientId' | 'clientSecret' | 'writeKey' | 'adminToken', string>>;

function secretsFor(content: BannerContent, credentials: Credentials, terminal: boolean): ShellSecrets {
  if (terminal) return credentials;
  const path = shellQuoted(credentialsPath(content.dataDirectory));
  const fromFile = (member: string): string => `$(sed -n 's/.*"${member}": *"\\([^"]*\\)".*/\\1/p' ${path})`;
  return {
    clientId: fromFile('clientId'),
    clientSecret: fromFile('clientSecret'),
    writeKey: fromFile('writeKey'),
    adminToken: fromFile('adminToken'),
  };
}

const EVENT = '{"param1":"value1","param2":1234}';
const PERSONS =
  '{"persons":[{"email":"ada@example.com","firstName":"Ada"},{"email":"alan@example.com","firstName":"Alan"}]}';
const QUERY =
  '{"query":"select param1, param2, null as email, null as firstName from test_db.test_tbl union all select null, null, email, firstName from persons"}';

/**
 * Three lines, each complete in itself, for bash and zsh with nothing but curl and sed. Words with secrets are in
 * double quotes, and no such word holds a `!`, which a shell at its prompt would take for history.
 * The last line waits a second, because that is how long an event may take to be seen.
 */
function tryOut(credentials: Credentials, secrets: ShellSecrets, paint: Paint): string[] {
  const { url, munchkinId } = credentials;
  const json = `-H 'Content-Type: application/json'`;
  const grant =
    `-d grant_type=client_credentials --data-urlencode "client_id=${secrets.clientId}"` +
    ` --data-urlencode "client_secret=${secrets.clientSecret}"`;
  const accessToken = `$(curl -sS ${grant} ${url}/identity/oauth/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;
  return [
    paint('dim', 'an event'),
    `curl -sS -w '\\n' -H "X-TD-Write-Key: ${secrets.writeKey}" ${json} -d '${EVENT}' ${url}/postback/v3/event/test_db/test_tbl`,
    '',
    paint('dim', 'two persons'),
    `curl -sS -w 'HTTP %{http_code}\\n' -H "X-Mkto-User-Token: ${accessToken}" ${json} -d '${PERSONS}' ${url}/subscriptions/${munchkinId}/persons`,
    '',
    paint('dim', 'both, in SQL'),
    `sleep 1; curl -sS -w '\\n' -H "Authorization: Bearer ${secrets.adminToken}" ${json} -d '${QUERY}' ${url}/v1/workspaces/${munchkinId}/sql`,
  ];
}
