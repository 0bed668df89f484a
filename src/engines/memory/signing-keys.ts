/**
 * Signing keys in memory.
 * Owns: a Map. Never: outlives its process.
 */
import type { SigningKeys } from '#ports/signing-keys.ts';

export function createMemorySigningKeys(): SigningKeys {
  const kept = new Map<string, string>();
  return {
    keys: async () =>
      Array.from(kept, ([name, privateKey]) => ({ name, privateKey })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    add: async ({ name, privateKey }) => void kept.set(name, privateKey),
    remove: async (name) => void kept.delete(name),
  };
}
