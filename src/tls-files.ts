/**
 * Certificate and key for https.
 * Owns: that files which cannot serve are found before anything starts. Never: listens.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '#config/config-error.ts';
import type { Config } from '#config/options.ts';

/** Contents of PEM files. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Undefined when the server speaks plain http. Throws {@link ConfigError} when a file is no use. */
export function readTlsFiles({ tlsCertPath, tlsKeyPath }: Config): TlsFiles | undefined {
  if (tlsCertPath === undefined || tlsKeyPath === undefined) return undefined;
  const cert = readPem('--tls-cert', tlsCertPath);
  const key = readPem('--tls-key', tlsKeyPath);
  refuseUseless('--tls-cert', tlsCertPath, { cert });
  refuseUseless('--tls-key', tlsKeyPath, { cert, key });
  return { cert, key };
}

function readPem(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw problem(flag, path, `cannot be read: ${(error as Error).message}`);
  }
}

// OpenSSL's words say whether a file is no PEM, or the key belongs to another certificate, and quote neither (law 8).
function refuseUseless(flag: string, path: string, files: Partial<TlsFiles>): void {
  try {
    createSecureContext(files);
  } catch (error) {
    throw problem(flag, path, `cannot be used: ${(error as Error).message}`);
  }
}

function problem(flag: string, path: string, reason: string): ConfigError {
  return new ConfigError([`${flag}: ${JSON.stringify(path)} ${reason}.`]);
}
