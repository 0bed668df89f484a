/**
 * Which client an access token belongs to, fast.
 * Owns: a bounded memory of tokens that were proved. Never: keeps one over a change of the definitions.
 */
import type { Definitions } from '#model/definitions.ts';
import { remainingSeconds } from '#protocols/identity/token.ts';
import { TokenIndex } from '#protocols/identity/token-index.ts';
import type { TokenClient, TokenStanding } from '#protocols/identity/token-index.ts';
import type { Control } from '#ports/control.ts';

const MAX_REMEMBERED_TOKENS = 10_000;

export class TokenDirectory {
  readonly #control: Pick<Control, 'definitions' | 'tokenSecret'>;
  readonly #lifetimeSeconds: number;
  readonly #proved = new Map<string, TokenClient>();
  #clients: Definitions['clients'] | undefined;
  #index: TokenIndex | undefined;

  constructor(control: Pick<Control, 'definitions' | 'tokenSecret'>, lifetimeSeconds: number) {
    this.#control = control;
    this.#lifetimeSeconds = lifetimeSeconds;
  }

  /** The client and its token's issue, or undefined when the token is unknown, expired or revoked. */
  clientOf(token: string, nowMs: number): TokenClient | undefined {
    const standing = this.standingOf(token, nowMs);
    return typeof standing === 'string' ? undefined : standing;
  }

  /** As {@link clientOf}, for those who tell an expired token from an unknown one. */
  standingOf(token: string, nowMs: number): TokenStanding {
    const index = this.#currentIndex();
    const found = this.#proved.get(token) ?? this.#prove(index, token);
    if (found === undefined) return 'unknown';
    const left = remainingSeconds(found.issuedAt, this.#lifetimeSeconds, Math.floor(nowMs / 1000));
    return left > 0 ? found : 'expired';
  }

  #currentIndex(): TokenIndex {
    const { clients } = this.#control.definitions();
    if (this.#index === undefined || clients !== this.#clients) {
      this.#clients = clients;
      this.#index = new TokenIndex(this.#control.tokenSecret(), clients);
      this.#proved.clear();
    }
    return this.#index;
  }

  #prove(index: TokenIndex, token: string): TokenClient | undefined {
    const found = index.clientOf(token);
    if (found === undefined) return undefined;
    if (this.#proved.size >= MAX_REMEMBERED_TOKENS) this.#proved.clear();
    this.#proved.set(token, found);
    return found;
  }
}
