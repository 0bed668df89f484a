/**
 * Idempotency keys of event tables: claimed, kept, forgotten.
 * Owns: their table, and when it is cleaned. Never: decides who has a key (see model/idempotency.ts).
 */
import { answerClaims, forgottenBefore } from '#model/idempotency.ts';
import type { KeyClaim, KeyClaims } from '#model/idempotency.ts';
import type { RequestId } from '#model/words.ts';
import { eventKey } from './catalog.ts';
import { baseTable, literal } from './identifiers.ts';
import type { KeyHashes } from './key-hashes.ts';
import { type AddedRow, type KeyIndex, repeatedWithin } from './key-index.ts';
import { loadKeyIndex } from './key-loading.ts';
import type { Session } from './session.ts';
import { assertStaged, stage, type Staged } from './staging.ts';

const KEYS = baseTable('event_keys');

/**
 * A row has either one `key` or some `keys`, which are UUIDs: half as long as their text. Rows of an older file have
 * one key each.
 */
export const EVENT_KEYS_DDL: string = `
  create table if not exists ${KEYS} (
    table_name varchar, key varchar, "requestId" uuid, accepted_ms bigint, ordinal bigint, keys uuid[]);
  alter table ${KEYS} drop column if exists key_hash;
  alter table ${KEYS} add column if not exists ordinal bigint;
  alter table ${KEYS} add column if not exists keys uuid[];
  update ${KEYS} set ordinal = rowid where ordinal is null;
`;

/** One key in doubt has all keys of its row read. */
const MOST_KEYS_IN_ROW = 128;

/** More than a batch adds, so that what is forgotten never piles up; few enough to go unnoticed. */
const MOST_FORGOTTEN_AT_ONCE = 100_000;

/** Keys are cleaned away this many times a window. */
const CLEANINGS_A_WINDOW = 16;

/** For each claim the request that has the key already. */
export async function claimKeys(session: Session, wanted: KeyClaims): Promise<readonly (RequestId | undefined)[]> {
  if (wanted.claims.length === 0) return [];
  const { keyIndex } = session;
  if (!keyIndex.isLoaded) await loadKeyIndex(session.connection, keyIndex, { keys: KEYS, windowMs: wanted.windowMs });
  const hashes = keyIndex.hashesOf(
    eventKey(wanted),
    wanted.claims.map(({ key }) => key),
  );
  const owners = await ownersOf(session, wanted, hashes);
  await keep(session, wanted, { owners, hashes });
  await forget(session, wanted);
  return owners;
}

/** Of a table that is dropped. */
export async function forgetKeysOf(session: Session, table: string): Promise<void> {
  await session.connection.run(`delete from ${KEYS} where table_name = ${literal(table)}`);
}

/** Most keys are nobody's, and no other claim of the batch has them: these are granted as they come. */
async function ownersOf(
  session: Session,
  wanted: KeyClaims,
  hashes: KeyHashes,
): Promise<readonly (RequestId | undefined)[]> {
  const { claims } = wanted;
  const { contested, taken } = await contestedClaims(session, wanted, hashes);
  const owners: (RequestId | undefined)[] = Array.from(claims, () => undefined);
  if (contested.size === 0) return owners;
  const places = [...contested].sort((a, b) => a - b);
  const answered = answerClaims(taken, { ...wanted, claims: places.map((at) => claims[at] as KeyClaim) });
  for (const [at, owner] of answered.owners.entries()) owners[places[at] as number] = owner;
  return owners;
}

interface ContestedClaims {
  /** Places of the claims. Of two with an equal key both are contested, or none. */
  readonly contested: ReadonlySet<number>;
  /** Those of their keys that somebody has, and perhaps others. */
  readonly taken: readonly KeyClaim[];
}

async function contestedClaims(session: Session, wanted: KeyClaims, hashes: KeyHashes): Promise<ContestedClaims> {
  const { keyIndex } = session;
  const { claims, windowMs } = wanted;
  const earliest = claims.reduce((least, { acceptedAt }) => Math.min(least, acceptedAt), Infinity);
  const since = Math.floor(earliest - windowMs);
  const { places, rows } = keyIndex.suspects(hashes, since);
  const taken: KeyClaim[] = [];
  if (places.size > 0) {
    const suspected = Array.from(places, (at) => (claims[at] as KeyClaim).key);
    taken.push(...(await readKeys(session, eventKey(wanted), suspected, amongRows(rows))));
  }
  const isComplete = keyIndex.missingUntilMs <= since;
  if (isComplete) return { contested: places.union(repeatedWithin(hashes)), taken };
  const missing = { sql: `ordinal < ${keyIndex.completeFrom} and accepted_ms > ${since}`, parameters: [] };
  const keys = claims.map(({ key }) => key);
  taken.push(...(await readKeys(session, eventKey(wanted), keys, missing)));
  return { contested: new Set(claims.keys()), taken };
}

/** Rows of the table of keys. Its parameters stand behind the first. */
interface RowCondition {
  readonly sql: string;
  readonly parameters: readonly string[];
}

// Between: DuckDB passes over most of the table, for ordinals rise with the rows.
function amongRows(ordinals: ReadonlySet<number>): RowCondition {
  let [least, greatest] = [Infinity, -Infinity];
  for (const ordinal of ordinals) {
    least = Math.min(least, ordinal);
    greatest = Math.max(greatest, ordinal);
  }
  const named = `select unnest(cast(string_split($2, ',') as bigint[]))`;
  return {
    sql: `ordinal between ${least} and ${greatest} and ordinal in (${named})`,
    parameters: [[...ordinals].join(',')],
  };
}

/** Which of the wanted keys the rows hold. A CTE that is materialized would hold all that it passes over. */
async function readKeys(
  { connection }: Session,
  table: string,
  wanted: readonly string[],
  rows: RowCondition,
): Promise<readonly KeyClaim[]> {
  const staged = stage([{ name: 'key', sqlType: 'VARCHAR', values: wanted }], wanted.length);
  const found = await connection.run(
    `with held as not materialized (from ${KEYS} where table_name = ${literal(table)} and ${rows.sql}),
       wanted as not materialized (${staged.sql})
     select cast(key as varchar), "requestId", accepted_ms
     from (select unnest(keys) as key, "requestId", accepted_ms from held)
     where key in (select try_cast(key as uuid) from wanted)
     union all
     select key, "requestId", accepted_ms from held where key in (select key from wanted)`,
    [...staged.parameters, ...rows.parameters],
  );
  return (await found.getRows()).map(([key, requestId, acceptedAt]) => ({
    key: String(key),
    requestId: String(requestId) as RequestId,
    acceptedAt: Number(acceptedAt),
  }));
}

interface Granted {
  /** For each claim: undefined when it has got its key. */
  readonly owners: readonly (RequestId | undefined)[];
  readonly hashes: KeyHashes;
}

async function keep({ connection, keyIndex }: Session, wanted: KeyClaims, granted: Granted): Promise<void> {
  const { homes, prints } = granted.hashes;
  const rows = grantedRows(keyIndex, wanted, granted);
  for (const row of rows) {
    for (const at of row.places) keyIndex.add(homes[at] as number, prints[at] as number, row);
  }
  if (rows.length === 0) return;
  const staged = stagedRows(rows);
  const kept = await connection.run(
    `insert into ${KEYS} (table_name, key, "requestId", accepted_ms, ordinal, keys)
     select ${literal(eventKey(wanted))}, key, id, accepted_ms, ordinal, cast(string_split(keys, ',') as uuid[])
     from (${staged.sql})`,
    staged.parameters,
  );
  assertStaged(staged, kept.rowsChanged);
}

/** Keys that were granted to one request: UUIDs, or one of another kind. */
interface GrantedRow extends AddedRow {
  readonly requestId: RequestId;
  readonly areUuids: boolean;
  /** Places of the claims. */
  readonly places: number[];
  readonly keys: string[];
}

function grantedRows(keyIndex: KeyIndex, { claims, windowMs }: KeyClaims, { owners, hashes }: Granted): GrantedRow[] {
  const rows: GrantedRow[] = [];
  let row: GrantedRow | undefined;
  for (let at = 0; at < claims.length; at += 1) {
    if (owners[at] !== undefined) continue;
    const { key, requestId, acceptedAt } = claims[at] as KeyClaim;
    const areUuids = hashes.uuids[at] === 1;
    const fits = row !== undefined && row.areUuids && areUuids && row.keys.length < MOST_KEYS_IN_ROW;
    if (row === undefined || !fits || row.requestId !== requestId || row.acceptedAt !== acceptedAt) {
      row = { ordinal: keyIndex.nextOrdinal(), requestId, acceptedAt, windowMs, areUuids, places: [], keys: [] };
      rows.push(row);
    }
    row.places.push(at);
    row.keys.push(key);
  }
  return rows;
}

function stagedRows(rows: readonly GrantedRow[]): Staged {
  return stage(
    [
      {
        name: 'key',
        sqlType: 'VARCHAR',
        values: rows.map(({ areUuids, keys }) => (areUuids ? null : String(keys[0]))),
      },
      { name: 'id', sqlType: 'UUID', values: rows.map(({ requestId }) => requestId) },
      { name: 'accepted_ms', sqlType: 'BIGINT', values: rows.map(({ acceptedAt }) => acceptedAt) },
      { name: 'ordinal', sqlType: 'BIGINT', values: rows.map(({ ordinal }) => ordinal) },
      {
        name: 'keys',
        sqlType: 'VARCHAR',
        values: rows.map(({ areUuids, keys }) => (areUuids ? keys.join(',') : null)),
      },
    ],
    rows.length,
  );
}

async function forget({ connection, catalog, keyIndex }: Session, wanted: KeyClaims): Promise<void> {
  const before = Math.floor(forgottenBefore(wanted));
  if (before - catalog.keysForgottenBefore < wanted.windowMs / CLEANINGS_A_WINDOW) return;
  keyIndex.forget(before);
  const forgotten = await connection.run(
    `delete from ${KEYS} where rowid in (
       select rowid from ${KEYS} where accepted_ms < ${before} limit ${MOST_FORGOTTEN_AT_ONCE})`,
  );
  if (forgotten.rowsChanged < MOST_FORGOTTEN_AT_ONCE) catalog.keysForgottenBefore = before;
}
