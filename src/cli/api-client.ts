/**
 * The HTTP API as the client commands use it.
 * Owns: turning answers into values, and refusals and silence into a message with its exit code.
 * Never: prints, or puts the token into a message (law 8).
 */
import { CommandError, EXIT_CODES } from './exit-codes.ts';
import { plainText } from './plain-text.ts';
import { isJsonObject, parseJson } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';

/** A body on its way out. */
export type RequestBody = Readonly<Record<string, unknown>>;

export interface ListAnswer {
  readonly items: readonly JsonObject[];
  /** True when the server has more than were asked for. */
  readonly more: boolean;
}

interface OpenOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The server understood the call, and did not do what it asks for. */
export class RefusedError extends CommandError {
  /** Of HTTP. */
  readonly status: number;

  /** `problem`: the document of RFC 9457, as far as there is one. */
  constructor(status: number, problem: JsonObject) {
    super(EXIT_CODES.failed, refusal(status, problem));
    this.status = status;
  }
}

export class ApiClient {
  readonly url: string;
  readonly #token: string;

  /** `url` has no slash at its end. */
  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  async get(path: string): Promise<JsonObject> {
    return this.#send('GET', path);
  }

  async post(path: string, body?: RequestBody): Promise<JsonObject> {
    return this.#send('POST', path, body);
  }

  async put(path: string, body: RequestBody): Promise<JsonObject> {
    return this.#send('PUT', path, body);
  }

  async patch(path: string, body: RequestBody): Promise<JsonObject> {
    return this.#send('PATCH', path, body);
  }

  async delete(path: string): Promise<void> {
    await this.#send('DELETE', path);
  }

  /** Reads page after page until there are no more or `limit` is reached; `first` is the first, when it is known. */
  async list(path: string, limit: number, first?: JsonObject): Promise<ListAnswer> {
    const items: JsonObject[] = [...((first?.['items'] ?? []) as readonly JsonObject[])];
    let next: JsonValue | undefined = first === undefined ? path : first['next'];
    while (typeof next === 'string' && items.length < limit) {
      const page: JsonObject = await this.get(next);
      items.push(...((page['items'] ?? []) as readonly JsonObject[]));
      next = page['next'];
    }
    return { items: items.slice(0, limit), more: items.length > limit || typeof next === 'string' };
  }

  /** An answer without an end, whose body the caller reads; `signal` ends it. */
  async open(path: string, { headers, signal }: OpenOptions): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#fetch(path, {
      headers: { ...headers, authorization: `Bearer ${this.#token}` },
      signal,
    });
    if (response.ok && response.body !== null) return response.body;
    const text = await response.text();
    // What is no problem of this API is a sentence for people, in the words of another protocol.
    throw new RefusedError(response.status, objectIn(text) ?? { detail: text.trim() || 'The server gave no reason.' });
  }

  async #send(method: string, path: string, body?: RequestBody): Promise<JsonObject> {
    const response = await this.#fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = objectIn(await response.text());
    if (!response.ok) throw new RefusedError(response.status, answer ?? {});
    if (answer !== undefined) return answer;
    throw new CommandError(EXIT_CODES.failed, `${this.url} does not answer like an Inlet server; is the URL right?`);
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, request);
    } catch (error) {
      const cause = (error as Error).cause ?? error;
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new CommandError(
        EXIT_CODES.unreachable,
        `No server answers at ${this.url} (${message || code}). Start it with "inlet serve", or name another with --url.`,
      );
    }
  }
}

/** Numbers stay as they were sent (law 10). Undefined when the text is no JSON object; no text is an empty one. */
function objectIn(text: string): JsonObject | undefined {
  try {
    const value: JsonValue = parseJson(text || '{}');
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The words of an RFC 9457 problem, as far as it is one. A single fault stands in the detail already. */
function refusal(status: number, problem: JsonObject): string {
  const { title, code, errors = [] } = problem;
  const faults = errors as readonly JsonObject[];
  const detail = plainText(problem['detail'] ?? title ?? 'The server gave no reason.');
  const areTold = faults.every(({ message }) => detail.includes(plainText(message)));
  const words = areTold && faults.length > 1 && title !== undefined ? plainText(title) : detail;
  const isListed = faults.length > 1 || !areTold;
  const members = isListed
    ? faults.map(({ member, message }) => `\n  ${plainText(member)}: ${plainText(message)}`)
    : [];
  return `${words} (${typeof code === 'string' ? `${code}, ` : ''}HTTP ${status})${members.join('')}`;
}
