/**
 * Certificates for tests, made by openssl: an authority, and what it issues.
 * Owns: their directory, which goes when the authority is disposed of. Never: trusts one; tests do.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, readFileSync } from 'node:fs';
import type { DisposableTempDir } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM, as `https.createServer` takes them. */
export interface Certified {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Why tests that make certificates cannot run; false when they can. */
export const withoutOpenssl: string | false =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl, which makes the certificates, is missing';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export class Authority implements Disposable {
  readonly #directory: DisposableTempDir = mkdtempDisposableSync(join(tmpdir(), 'inlet-certificates-'));
  #issued = 0;

  constructor() {
    const { cert, key } = this.#files('authority');
    this.#openssl('req', '-x509', ...NEW_KEY, '-subj', '/CN=authority', '-days', '1', '-keyout', key, '-out', cert);
  }

  /** Of its own certificate, which makes those that it issues trusted. */
  get path(): string {
    return this.#files('authority').cert;
  }

  /** For a name of DNS. Expired when `days` is below 0. */
  issue(name: string, days: number = 1): Certified {
    const { cert, key, wanted } = this.#files(`issued-${(this.#issued += 1)}`);
    const own = this.#files('authority');
    this.#openssl('req', ...NEW_KEY, ...namedFor(name), '-keyout', key, '-out', wanted);
    const by = ['-CA', own.cert, '-CAkey', own.key, '-CAcreateserial', '-copy_extensions', 'copy'];
    this.#openssl('x509', '-req', '-in', wanted, ...by, '-days', String(days), '-out', cert);
    return { cert: readFileSync(cert), key: readFileSync(key) };
  }

  /** As {@link issue}, by nobody but itself. */
  selfSigned(name: string): Certified {
    const { cert, key } = this.#files(`issued-${(this.#issued += 1)}`);
    this.#openssl('req', '-x509', ...NEW_KEY, ...namedFor(name), '-days', '1', '-keyout', key, '-out', cert);
    return { cert: readFileSync(cert), key: readFileSync(key) };
  }

  [Symbol.dispose](): void {
    this.#directory.remove();
  }

  #openssl(...words: readonly string[]): void {
    execFileSync('openssl', words, { stdio: 'ignore' });
  }

  #files(name: string): { readonly cert: string; readonly key: string; readonly wanted: string } {
    const path = join(this.#directory.path, name);
    return { cert: `${path}.pem`, key: `${path}.key`, wanted: `${path}.csr` };
  }
}

function namedFor(name: string): readonly string[] {
  return ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
}
