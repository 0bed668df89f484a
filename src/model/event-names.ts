/**
 * Names of databases, tables and columns of events (docs/specs/events.md, E1 to E3). The same on every store.
 * Owns: which names are taken, how they are folded, and how a key becomes a column. Never: remembers a schema.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

const NAME = /^[A-Za-z0-9_]{1,255}$/;

/** Schemas that belong to the stores, and names that start like PostgreSQL's own. */
const RESERVED_DATABASES: ReadonlySet<string> = new Set([
  'main',
  'public',
  'temp',
  'system',
  'inlet',
  'inlet_base',
  'information_schema',
]);
const RESERVED_DATABASE_PREFIX = 'pg_';

/** Why a name of a path names no database or no table, for the sender. Undefined when it does. */
export function eventNameProblem(part: 'database' | 'table', name: string): string | undefined {
  if (!NAME.test(name)) return `the ${part} name must have 1 to 255 characters: letters a to z, digits and _`;
  if (part === 'table') return undefined;
  const folded = foldEventName(name);
  const isReserved = RESERVED_DATABASES.has(folded) || folded.startsWith(RESERVED_DATABASE_PREFIX);
  return isReserved ? `the database name '${folded}' belongs to the store; choose another` : undefined;
}

/** Upper case and lower case name the same database or table. */
export function foldEventName(name: string): string {
  return name.toLowerCase();
}

/** Columns that stores or Inlet itself have in every table; PostgreSQL's and DuckDB's system columns among them. */
const RESERVED_COLUMNS: ReadonlySet<string> = new Set([
  'time',
  '_extra',
  '_ordinal',
  'rowid',
  'ctid',
  'oid',
  'tableoid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
]);

/** What PostgreSQL keeps of a name, in bytes of UTF-8. */
const MAX_COLUMN_BYTES = 63;

/** The column for a key: its plain name, or that with `_1`, `_2` … when another key or a store has taken it. */
export function columnName(key: string, isTaken: (column: string) => boolean): string {
  const plain = shortened(plainName(key), key, MAX_COLUMN_BYTES);
  if (isFree(plain, isTaken)) return plain;
  for (let count = 1; ; count += 1) {
    const suffix = `_${count}`;
    const name = shortened(plain, key, MAX_COLUMN_BYTES - suffix.length) + suffix;
    if (isFree(name, isTaken)) return name;
  }
}

function isFree(column: string, isTaken: (column: string) => boolean): boolean {
  return !RESERVED_COLUMNS.has(column) && !isTaken(column);
}

// Lower-casing can decompose (İ becomes i and a dot above), hence the second composition.
function plainName(key: string): string {
  const folded = key.normalize('NFC').toLowerCase().normalize('NFC');
  const name = folded.replace(/[^\p{L}\p{M}\p{N}_]/gu, '_');
  if (name === '') return '_';
  return /^\p{N}/u.test(name) ? `_${name}` : name;
}

const HASH_DIGITS = 8;

function shortened(name: string, key: string, maxBytes: number): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const hash = createHash('sha256').update(key).digest('hex').slice(0, HASH_DIGITS);
  return `${firstBytes(name, maxBytes - HASH_DIGITS - 1)}_${hash}`;
}

// Whole code points only: half a character would be none.
function firstBytes(name: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    end += character.length;
  }
  return name.slice(0, end);
}
