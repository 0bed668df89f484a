/**
 * Secrets: made from the system's randomness, shown once, kept as hashes (law 8).
 */
import { hash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { MunchkinId } from '#model/words.ts';

/** What is stored of a secret: SHA-256, hex. Secrets have over 128 random bits and need no salt or stretching. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** A UUID, the form that clients of the Data Ingestion API know. */
export function newClientId(): string {
  return randomUUID();
}

export function newClientSecret(): string {
  return randomBytes(24).toString('base64url');
}

/** The shape of Treasure Data's keys, an account number before the secret, which is always 1 here. */
export function newWriteKey(): string {
  return `1/${randomBytes(20).toString('hex')}`;
}

export function newWriteKeyId(): string {
  return randomUUID();
}

/** The prefix lets scanners of repositories and logs recognise it. */
export function newAdminToken(): string {
  return `inlet_admin_${randomBytes(32).toString('base64url')}`;
}

/** What a Munchkin id looks like: three digits, three capitals, three digits. */
export const MUNCHKIN_ID_PATTERN = '^[0-9]{3}-[A-Z]{3}-[0-9]{3}$';

/** A random Munchkin id; the caller tries again when it is taken. */
export function newMunchkinId(): MunchkinId {
  const digits = (): string => String(randomInt(1000)).padStart(3, '0');
  const capitals = Array.from({ length: 3 }, () => String.fromCharCode(65 + randomInt(26))).join('');
  return `${digits()}-${capitals}-${digits()}` as MunchkinId;
}
