/**
 * Access tokens: derived, never stored (law 8).
 *
 * ```
 *  xxxxxxxx-xxxx-8xxx-yxxx-xxxxxxxxxxxx:tttt
 *  └ issue ┘└─ 90 bits of the keyed hash ─┘ └ tag of the client
 * ```
 *
 * Owns: the form of a token and its proof. Never: knows a clock, or which clients exist.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Client } from '#model/definitions.ts';

const TAG_CHARACTERS = 4;
const TOKEN_LENGTH = 36 + 1 + TAG_CHARACTERS;
const TOKEN_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}:[0-9a-z]{4}$/;

export interface TokenParts {
  /** UNIX seconds. Not to be believed before {@link equalTokens} says so of the derived one. */
  readonly issuedAt: number;
  /** Clients with this tag may be the token's own; several may share one. */
  readonly tag: string;
}

/**
 * The token that a client has when it was issued at `issuedAt` (UNIX seconds, 32 bits): always the same one.
 * It ends with the client: one that is made anew under the same id has other tokens.
 */
export function deriveToken(tokenSecret: Uint8Array, client: Client, issuedAt: number): string {
  const proof = createHmac('sha256', tokenSecret)
    .update(JSON.stringify([client.workspace, client.clientId, client.secretHash, client.createdAt, issuedAt]))
    .digest();
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(issuedAt, 0);
  proof.copy(bytes, 4, 0, 12);
  bytes[6] = 0x80 | (bytes.readUInt8(6) & 0x0f);
  bytes[8] = 0x80 | (bytes.readUInt8(8) & 0x3f);
  return `${uuidText(bytes)}:${clientTag(client.clientId)}`;
}

/** A short name of a client, by which a token's candidates are found. */
export function clientTag(clientId: string): string {
  const digest = createHash('sha256').update(clientId).digest();
  return digest.readUInt32BE(0).toString(36).padStart(TAG_CHARACTERS, '0').slice(-TAG_CHARACTERS);
}

/** Undefined when the text cannot be a token at all. */
export function readToken(token: string): TokenParts | undefined {
  if (token.length !== TOKEN_LENGTH || !TOKEN_SHAPE.test(token)) return undefined;
  return { issuedAt: Number.parseInt(token.slice(0, 8), 16), tag: token.slice(37) };
}

/** Whether two tokens are the same, in constant time. */
export function equalTokens(one: string, other: string): boolean {
  const given = Buffer.from(one);
  const expected = Buffer.from(other);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Seconds that a token has left; zero or less when it has expired. */
export function remainingSeconds(issuedAt: number, lifetimeSeconds: number, nowSeconds: number): number {
  return Math.min(issuedAt + lifetimeSeconds - nowSeconds, lifetimeSeconds);
}

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
