/**
 * The private keys that webhooks' bodies are signed with. They must be used again, so that they are kept as they are,
 * readable by the server's user alone (law 8).
 */
export interface SigningKeys {
  /** By name, rising. Empty before the first {@link add}. Throws when others may read one. */
  keys(): Promise<readonly StoredKey[]>;
  /** Durable when it resolves. Names rise with time, and are never given twice. */
  add(key: StoredKey): Promise<void>;
  /** Nothing happens when there is none of this name. */
  remove(name: string): Promise<void>;
}

export interface StoredKey {
  /** Letters, digits and `-`. */
  readonly name: string;
  /** PKCS #8 in PEM. */
  readonly privateKey: string;
}
