/**
 * The HTTP API of a running server, as tests call it.
 * Owns: paths and credentials. Never: judges an answer beyond that it is one.
 */

/** What stands in `credentials.json`. */
export interface Credentials {
  readonly url: string;
  readonly munchkinId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly writeKey: string;
  readonly adminToken: string;
}

interface WorkspaceCall extends RequestInit {
  /** Statuses besides 2xx that the caller can use. */
  readonly expected?: readonly number[];
}

/** A connection that a starting store process needs is tried again this often. */
const ATTEMPTS = 40;
const ATTEMPT_INTERVAL_MS = 250;

export class InletApi {
  readonly credentials: Credentials;

  constructor(credentials: Credentials) {
    this.credentials = credentials;
  }

  /** A token for the Data Ingestion API. */
  async accessToken(): Promise<string> {
    const { clientId, clientSecret } = this.credentials;
    const query = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    const answer = await fetch(`${this.credentials.url}/identity/oauth/token?${query.toString()}`);
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  /** Any path of the server, as the operator. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.credentials.adminToken}`, 'content-type': 'application/json' };
    const call = (): Promise<Response> => fetch(`${this.credentials.url}${path}`, { ...init, headers });
    try {
      return await call();
    } catch (error) {
      if (!isIdleConnection(error)) throw error;
      return await call();
    }
  }

  /** A path below `W`. Waits for a store that starts; rejects with an answer that is neither 2xx nor expected. */
  async workspace(path: string, { expected = [], ...init }: WorkspaceCall = {}): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.fetch(`/v1/workspaces/${this.credentials.munchkinId}${path}`, init);
      if (answer.ok || expected.includes(answer.status)) return answer;
      const text = await answer.text();
      if (!isPassing(answer.status, text) || attempt === ATTEMPTS) throw new Error(`${path}: ${answer.status} ${text}`);
      await new Promise((resolve) => setTimeout(resolve, ATTEMPT_INTERVAL_MS));
    }
  }

  /** Rows of a query, after the request has been decided when one is given. */
  async sql(
    query: string,
    options: { readonly after?: string; readonly params?: readonly unknown[] } = {},
  ): Promise<unknown[][]> {
    const body = JSON.stringify({ query, timeoutMs: 60_000, ...options });
    const answer = await this.workspace('/sql', { method: 'POST', body });
    const { rows, truncated } = (await answer.json()) as { rows: unknown[][]; truncated?: boolean };
    if (truncated === true) throw new Error(`more rows than an answer holds: ${query}`);
    return rows;
  }

  /** Posts one event. */
  postEvent(path: string, event: unknown): Promise<Response> {
    return fetch(`${this.credentials.url}/postback/v3/event/${path}`, {
      method: 'POST',
      headers: { 'x-td-write-key': this.credentials.writeKey, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
  }

  /** Events of `database.table` as lines of NDJSON, in their order. */
  async events(table: string): Promise<readonly string[]> {
    const answer = await this.workspace(`/databases/${table.replace('.', '/tables/')}/events`);
    return (await answer.text()).split('\n').filter((line) => line !== '');
  }
}

// A store that is starting; or a machine that stood still for so long that a connection seemed to send nothing.
function isPassing(status: number, text: string): boolean {
  return status === 503 || (status === 408 && text.includes('RequestTimeout'));
}

// The server ends connections that were idle for seconds; on a busy machine one may be used again at that very moment.
function isIdleConnection(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly code?: string } };
  return cause?.code === 'UND_ERR_SOCKET';
}
