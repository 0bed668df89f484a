/**
 * Idempotency keys of event tables.
 * Owns: their table, and when it is cleaned. Never: decides who has a key (see model/idempotency.ts).
 */
import { answerClaims, forgottenBefore } from '#model/idempotency.ts';
import type { KeyClaim, KeyClaims } from '#model/idempotency.ts';
import type { RequestId } from '#model/words.ts';
import { eventKey } from './catalog.ts';
import { textHash } from './column-types.ts';
import { baseTable, literal } from './identifiers.ts';
import type { Session } from './session.ts';
import { assertStaged, stage, type Staged } from './staging.ts';

const KEYS = baseTable('event_keys');

/** `key_hash` is that of table and key: eight bytes a key are what each batch looks at. */
export const EVENT_KEYS_DDL: string = `
  create table if not exists ${KEYS} (
    table_name varchar, key_hash ubigint, key varchar, "requestId" uuid, accepted_ms bigint);
`;

/** More than a batch adds, so that what is forgotten never piles up; few enough to go unnoticed. */
const MOST_FORGOTTEN_AT_ONCE = 100_000;

/** Keys are cleaned away this many times a window. */
const CLEANINGS_A_WINDOW = 16;

/** For each claim the request that has the key already. */
export async function claimKeys(session: Session, wanted: KeyClaims): Promise<readonly (RequestId | undefined)[]> {
  if (wanted.claims.length === 0) return [];
  const { owners, granted } = answerClaims(await takenKeys(session, wanted), wanted);
  await keep(session, eventKey(wanted), granted);
  await forget(session, wanted);
  return owners;
}

/** Of a table that is dropped. */
export async function forgetKeysOf(session: Session, table: string): Promise<void> {
  await session.connection.run(`delete from ${KEYS} where table_name = ${literal(table)}`);
}

/** Hashes first: most claims are of keys that nobody has, and the texts of the others need not be read. */
async function takenKeys({ connection }: Session, wanted: KeyClaims): Promise<readonly KeyClaim[]> {
  const table = eventKey(wanted);
  const { claims, windowMs } = wanted;
  const earliest = claims.reduce((least, { acceptedAt }) => Math.min(least, acceptedAt), Infinity);
  const staged = stagedClaims(claims);
  const found = await connection.run(
    `select distinct k.key_hash from ${KEYS} k
     semi join (select ${hashOf(table)} as key_hash from (${staged.sql})) s using (key_hash)
     where k.accepted_ms > ${Math.floor(earliest - windowMs)}`,
    staged.parameters,
  );
  const hashes = (await found.getRows()).map(([hash]) => String(hash));
  if (hashes.length === 0) return [];
  const alike = stage([{ name: 'key_hash', sqlType: 'UBIGINT', values: hashes }], hashes.length);
  const taken = await connection.run(
    `select key, "requestId", accepted_ms from ${KEYS} semi join (${alike.sql}) s using (key_hash)
     where table_name = ${literal(table)}`,
    alike.parameters,
  );
  return (await taken.getRows()).map(([key, requestId, acceptedAt]) => ({
    key: String(key),
    requestId: String(requestId) as RequestId,
    acceptedAt: Number(acceptedAt),
  }));
}

async function keep({ connection }: Session, table: string, granted: readonly KeyClaim[]): Promise<void> {
  if (granted.length === 0) return;
  const staged = stagedClaims(granted);
  const kept = await connection.run(
    `insert into ${KEYS} select ${literal(table)}, ${hashOf(table)}, key, id, accepted_ms from (${staged.sql})`,
    staged.parameters,
  );
  assertStaged(staged, kept.rowsChanged);
}

async function forget({ connection, catalog }: Session, wanted: KeyClaims): Promise<void> {
  const before = Math.floor(forgottenBefore(wanted));
  if (before - catalog.keysForgottenBefore < wanted.windowMs / CLEANINGS_A_WINDOW) return;
  const forgotten = await connection.run(
    `delete from ${KEYS} where rowid in (
       select rowid from ${KEYS} where accepted_ms < ${before} limit ${MOST_FORGOTTEN_AT_ONCE})`,
  );
  if (forgotten.rowsChanged < MOST_FORGOTTEN_AT_ONCE) catalog.keysForgottenBefore = before;
}

function stagedClaims(claims: readonly KeyClaim[]): Staged {
  return stage(
    [
      { name: 'key', sqlType: 'VARCHAR', values: claims.map(({ key }) => key) },
      { name: 'id', sqlType: 'UUID', values: claims.map(({ requestId }) => requestId) },
      { name: 'accepted_ms', sqlType: 'BIGINT', values: claims.map(({ acceptedAt }) => acceptedAt) },
    ],
    claims.length,
  );
}

// No table's name holds a space.
function hashOf(table: string): string {
  return textHash(`(${literal(`${table} `)} || key)`);
}
