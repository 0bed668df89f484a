/**
 * Finds the client of an access token.
 * Owns: the candidates by tag, for one picture of the definitions. Never: knows a clock; the caller checks expiry.
 */
import type { Client, Definitions } from '#model/definitions.ts';
import { clientTag, deriveToken, equalTokens, readToken } from '#protocols/identity/token.ts';

export interface TokenClient {
  readonly client: Client;
  /** UNIX seconds. */
  readonly issuedAt: number;
}

/** What a token is worth at a moment. A revoked one is `unknown`, as one that never was. */
export type TokenStanding = TokenClient | 'expired' | 'unknown';

/** Immutable, as the definitions that it was made from. Making one costs a hash per client. */
export class TokenIndex {
  readonly #tokenSecret: Uint8Array;
  readonly #byTag = new Map<string, Client[]>();

  constructor(tokenSecret: Uint8Array, clients: Definitions['clients']) {
    this.#tokenSecret = tokenSecret;
    for (const client of clients.values()) this.#add(client);
  }

  /** The client that this very token was derived for, expired or not. Costs one keyed hash per candidate. */
  clientOf(token: string): TokenClient | undefined {
    const parts = readToken(token);
    if (parts === undefined) return undefined;
    const client = this.#byTag
      .get(parts.tag)
      ?.find((candidate) => equalTokens(token, deriveToken(this.#tokenSecret, candidate, parts.issuedAt)));
    return client && { client, issuedAt: parts.issuedAt };
  }

  #add(client: Client): void {
    const tag = clientTag(client.clientId);
    const sharers = this.#byTag.get(tag);
    if (sharers === undefined) this.#byTag.set(tag, [client]);
    else sharers.push(client);
  }
}
