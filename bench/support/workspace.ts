/** One workspace of a running server, as its senders and its operator use it. */
import type { Credentials } from '#cli/data-directory-files.ts';
import { accessTokenOf } from './access-token.ts';
import type { InletProcess } from './inlet-process.ts';
import { postAll } from './persons-load.ts';
import { runSql } from './sql-call.ts';

const CONNECTIONS = 8;

export class BenchWorkspace {
  readonly #credentials: Credentials;
  #token: Promise<string> | undefined;

  private constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** The server's first workspace. */
  static first(inlet: InletProcess): BenchWorkspace {
    return new BenchWorkspace(inlet.credentials);
  }

  /** A further one. */
  static async create(inlet: InletProcess): Promise<BenchWorkspace> {
    const made = await call(inlet.credentials, ['POST', `${inlet.credentials.url}/v1/workspaces`], {});
    return new BenchWorkspace({ ...(made as Credentials), url: inlet.credentials.url });
  }

  administer(method: string, path: string, body: object): Promise<unknown> {
    const { url, munchkinId } = this.#credentials;
    return call(this.#credentials, [method, `${url}/v1/workspaces/${munchkinId}${path}`], body);
  }

  sql(query: string, after?: string): Promise<unknown[][]> {
    return runSql(this.#credentials, query, after);
  }

  /** Posts bodies to `persons` or `customobjects/{name}`; resolves with the id of each request. */
  async post(collection: string, bodies: Iterator<string>): Promise<string[]> {
    const { url, munchkinId } = this.#credentials;
    this.#token ??= accessTokenOf(this.#credentials);
    const headers = { 'content-type': 'application/json', 'x-mkto-user-token': await this.#token };
    const load = { url: `${url}/subscriptions/${munchkinId}/${collection}`, headers, connections: CONNECTIONS };
    return await postAll(load, bodies);
  }
}

async function call(
  { adminToken }: Credentials,
  [method, url]: readonly [string, string],
  body: object,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
