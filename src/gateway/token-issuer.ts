/**
 * Gives out access tokens.
 * Owns: that a client has one current token, given again until it expires. Never: stores one (law 8).
 */
import type { Client } from '#model/definitions.ts';
import { deriveToken, remainingSeconds } from '#protocols/identity/token.ts';
import type { GrantedToken } from '#protocols/identity/token-request.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';

export class TokenIssuer {
  readonly #control: Control;
  readonly #clock: Clock;
  readonly #lifetimeSeconds: number;
  // By client id, so that requests which come at once are given the same token.
  readonly #issuing = new Map<string, Promise<number>>();

  constructor(control: Control, clock: Clock, lifetimeSeconds: number) {
    this.#control = control;
    this.#clock = clock;
    this.#lifetimeSeconds = lifetimeSeconds;
  }

  /** The client's current token with what is left of it, or a new one. */
  async grant(client: Client): Promise<GrantedToken> {
    const issuedAt = this.#current(client) ?? (await this.#issue(client));
    return {
      accessToken: deriveToken(this.#control.tokenSecret(), client, issuedAt),
      expiresInSeconds: this.#remaining(issuedAt),
      scope: client.name,
    };
  }

  #current(client: Client): number | undefined {
    const issuedAt = client.tokenIssuedAt;
    return issuedAt !== undefined && this.#remaining(issuedAt) > 0 ? issuedAt : undefined;
  }

  #remaining(issuedAt: number): number {
    return remainingSeconds(issuedAt, this.#lifetimeSeconds, this.#nowSeconds());
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  #issue({ clientId }: Client): Promise<number> {
    const issuing = this.#issuing.get(clientId) ?? this.#record(clientId).finally(() => this.#issuing.delete(clientId));
    this.#issuing.set(clientId, issuing);
    return issuing;
  }

  async #record(clientId: string): Promise<number> {
    const issuedAt = this.#nowSeconds();
    await this.#control.recordTokenIssue(clientId, issuedAt);
    return issuedAt;
  }
}
