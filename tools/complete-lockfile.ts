/**
 * Completes package-lock.json with the platform packages that npm left out, and says which. Run it after every
 * change of dependencies. Owns: nothing but those entries. Never: changes a version that npm chose.
 *
 * npm writes no entry for an optional package whose manifest it could not read while resolving, which happens with
 * the binaries of other platforms; `npm ci` then refuses the lock as out of step, on every platform. An entry with
 * the version alone is enough: npm skips it by `os` and `cpu`, or fetches exactly that version where they fit.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { missingPlatformEntries, withEntries } from './lockfile.ts';
import type { Lockfile } from './lockfile.ts';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8')) as Lockfile;
const missing = missingPlatformEntries(lock);
writeFileSync(path, `${JSON.stringify(withEntries(lock, missing), undefined, 2)}\n`);

const names = Object.keys(missing);
console.log(names.length === 0 ? 'The lockfile is complete.' : `Added to the lockfile:\n  ${names.join('\n  ')}`);
