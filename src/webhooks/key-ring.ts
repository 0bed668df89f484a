/**
 * The two keys by which bodies are signed: receivers trust either, so that one can be replaced while the other is good.
 * Owns: making, choosing and replacing them. Never: shows a private half (law 8).
 *
 * Names rise with time. The two newest are in use; a rotation adds a third, and the oldest goes.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, randomUUIDv7, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import { must } from '#kit/assert.ts';
import type { SigningKeys, StoredKey } from '#ports/signing-keys.ts';
import { KEY_PATH } from '#protocols/webhooks/headers.ts';
import type { Signature, Signatures } from '#protocols/webhooks/headers.ts';

const MODULUS_BITS = 2_048;
const KEYS_IN_USE = 2;
const SUFFIX = '.pem';

const newKeyPair = promisify(generateKeyPair);

interface LoadedKey {
  readonly name: string;
  readonly privateKey: KeyObject;
  /** SPKI in PEM. */
  readonly publicPem: string;
}

export interface ShownKey {
  /** Below the server's address. */
  readonly path: string;
  readonly publicKey: string;
}

export class KeyRing {
  readonly #store: SigningKeys;
  /** Loading, making and replacing exclude each other. */
  readonly #inTurn = oneAtATime();
  #loaded: readonly LoadedKey[] | undefined;

  constructor(store: SigningKeys) {
    this.#store = store;
  }

  /** Signatures of these bytes by both keys, the older one first. The keys are made when there are none. */
  async sign(body: Uint8Array): Promise<Signatures> {
    const [older, newer] = await this.#keys();
    return Promise.all([
      signWith(must(older, 'two keys are in use'), body),
      signWith(must(newer, 'two keys are in use'), body),
    ]);
  }

  /** Both keys, the older one first. They are made when there are none. */
  async shown(): Promise<readonly ShownKey[]> {
    return (await this.#keys()).map(({ name, publicPem }) => ({ path: pathOf(name), publicKey: publicPem }));
  }

  /** The public half at a path as {@link Signature} names it; makes nothing. */
  async publicKey(file: string): Promise<string | undefined> {
    const loaded = this.#loaded ?? (await this.#inTurn(() => this.#load()));
    return loaded.find(({ name }) => `${name}${SUFFIX}` === file)?.publicPem;
  }

  /** Puts a new key in the place of the older one. */
  rotate(): Promise<readonly ShownKey[]> {
    return this.#inTurn(async () => {
      await this.#filled();
      await this.#add();
      await this.#load();
    }).then(() => this.shown());
  }

  async #keys(): Promise<readonly LoadedKey[]> {
    if (this.#loaded?.length === KEYS_IN_USE) return this.#loaded;
    return this.#inTurn(() => this.#filled());
  }

  async #filled(): Promise<readonly LoadedKey[]> {
    let loaded = this.#loaded ?? (await this.#load());
    while (loaded.length < KEYS_IN_USE) {
      await this.#add();
      loaded = await this.#load();
    }
    return loaded;
  }

  async #add(): Promise<void> {
    const { privateKey } = await newKeyPair('rsa', { modulusLength: MODULUS_BITS });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await this.#store.add({ name: randomUUIDv7(), privateKey: pem });
  }

  // A process that ended in the middle of a rotation has left a third, which goes now.
  async #load(): Promise<readonly LoadedKey[]> {
    const stored = await this.#store.keys();
    for (const { name } of stored.slice(0, -KEYS_IN_USE)) await this.#store.remove(name);
    this.#loaded = stored.slice(-KEYS_IN_USE).map(loadKey);
    return this.#loaded;
  }
}

function loadKey({ name, privateKey }: StoredKey): LoadedKey {
  const key = createPrivateKey(privateKey);
  return { name, privateKey: key, publicPem: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString() };
}

function pathOf(name: string): string {
  return `${KEY_PATH}${name}${SUFFIX}`;
}

// On a thread of the pool: a signature costs the event loop nothing.
function signWith({ name, privateKey }: LoadedKey, body: Uint8Array): Promise<Signature> {
  return new Promise((resolve, reject) => {
    sign('sha256', body, privateKey, (error, signature) => {
      if (error === null) resolve({ signature: signature.toString('base64'), path: pathOf(name) });
      else reject(error);
    });
  });
}
