/**
 * How fast a DuckDB store upserts persons, beside DuckDB's own MERGE of the same data in the same run.
 * `node bench/store.ts [persons] [batches]`; 1,000,000 persons and 8 batches of each size unless given.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type DuckDbStores, openDuckDbStores } from '#engines/duckdb/store.ts';
import type { FieldDefinition } from '#model/field.ts';
import { STANDARD_PERSON_FIELDS } from '#model/standard-fields.ts';
import type { PersonRun } from '#model/upsert.ts';
import type { MunchkinId } from '#model/words.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const LOAD_BATCH = 250_000;
const MERGE_BATCH = 50_000;
const MEMORY_BYTES = 1_000_000_000;

const NAMES = ['email', 'firstName', 'lastName', 'company', 'leadScore'] as const;
type Person = Readonly<Record<(typeof NAMES)[number], string | number>>;

const byName = new Map(STANDARD_PERSON_FIELDS.map((field) => [field.name, field]));
const FIELDS = NAMES.map((name) => byName.get(name) as FieldDefinition);
const MATCH_BY = [{ field: FIELDS[0] as FieldDefinition, ignoreCase: true }];

/** A generator of the same numbers in every run (mulberry32), so that both sides get the same data. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function person(n: number, version: number): Person {
  return {
    email: `person${n}@example.com`,
    firstName: `First${n % 5000}`,
    lastName: `Last${(n * 31) % 90_000} v${version}`,
    company: `Company ${n % 20_000}`,
    leadScore: (n + version) % 100,
  };
}

interface Mix {
  readonly size: number;
  /** Persons that exist before the batch. */
  readonly existing: number;
  readonly version: number;
  readonly random: () => number;
}

/** Half new persons, half uniformly random ones of those that exist, each once. */
function mixedBatch({ size, existing, version, random }: Mix): Person[] {
  const chosen = new Set<number>();
  while (chosen.size < size / 2) chosen.add(Math.floor(random() * existing));
  const fresh = Array.from({ length: size / 2 }, (_, at) => existing + at);
  return [...chosen, ...fresh].map((n) => person(n, version));
}

function personRun(persons: readonly Person[]): PersonRun {
  const at = Date.now();
  const rows = persons.map((each) => ({
    partition: 'Default',
    key: [each.email],
    values: NAMES.map((name) => each[name]),
    firstAcceptedAt: at,
    lastAcceptedAt: at,
  }));
  const run = { action: 'createOrUpdate', wantsIdentities: false, multipleMatches: 'fail' } as const;
  return { ...run, fields: FIELDS, matchBy: MATCH_BY, rows };
}

async function apply(stores: DuckDbStores, run: PersonRun): Promise<number> {
  const started = performance.now();
  await stores.transaction(WORKSPACE, async (transaction) => {
    await transaction.definePersons(STANDARD_PERSON_FIELDS);
    await transaction.upsertPersons(run);
  });
  return performance.now() - started;
}

interface Measured {
  readonly objects: number;
  readonly elapsedMs: number;
  readonly slowestMs: number;
}

async function measure(batches: number, size: number, batch: (n: number) => Promise<number>): Promise<Measured> {
  const times: number[] = [];
  for (let n = 0; n < batches; n += 1) times.push(await batch(n));
  return { objects: batches * size, elapsedMs: times.reduce((a, b) => a + b), slowestMs: Math.max(...times) };
}

function report(label: string, { objects, elapsedMs, slowestMs }: Measured): number {
  const rate = (objects / elapsedMs) * 1000;
  console.log(
    `${label.padEnd(44)} ${rate.toFixed(0).padStart(9)} objects/s   slowest batch ${slowestMs.toFixed(0)} ms`,
  );
  return rate;
}

function fileSize(file: string): string {
  return `${(statSync(file).size / 1e6).toFixed(0)} MB`;
}

function rss(): string {
  return `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`;
}

async function benchStore(directory: string, persons: number, batches: number): Promise<Map<number, number>> {
  const rates = new Map<number, number>();
  await using stores = openDuckDbStores({ directory, memoryLimitBytes: MEMORY_BYTES, threads: 2 });
  let existing = 0;
  const load = await measure(Math.ceil(persons / LOAD_BATCH), LOAD_BATCH, async () => {
    const run = personRun(Array.from({ length: LOAD_BATCH }, (_, at) => person(existing + at, 0)));
    existing += LOAD_BATCH;
    return await apply(stores, run);
  });
  report(`store: loading ${existing} persons`, load);
  const file = join(directory, `${WORKSPACE}.duckdb`);
  console.log(`store: file ${fileSize(file)}, RSS ${rss()}`);
  for (const size of [2, 1000, MERGE_BATCH, 250_000]) {
    const random = randomNumbers(size);
    const measured = await measure(batches, size, async (n) => {
      const run = personRun(mixedBatch({ size, existing, version: n + 1, random }));
      existing += size / 2;
      return await apply(stores, run);
    });
    rates.set(size, report(`store: batches of ${size}, half new`, measured));
  }
  console.log(`store: file ${fileSize(file)} with ${existing} persons, RSS ${rss()}`);
  return rates;
}

async function benchMerge(directory: string, persons: number, batches: number): Promise<number> {
  const file = join(directory, 'merge.duckdb');
  const ndjson = join(directory, 'batch.ndjson');
  const instance = await DuckDBInstance.create(file, { memory_limit: `${MEMORY_BYTES} bytes`, threads: '2' });
  const connection = await instance.connect();
  await connection.run(
    'create table persons (email varchar, "firstName" varchar, "lastName" varchar, company varchar, "leadScore" bigint)',
  );
  for (let start = 0; start < persons; start += LOAD_BATCH) {
    await connection.run(`insert into persons select 'person' || n || '@example.com', 'First' || n % 5000,
      'Last' || (n * 31) % 90000 || ' v0', 'Company ' || n % 20000, n % 100 from range(${start}, ${start + LOAD_BATCH}) r(n)`);
  }
  const random = randomNumbers(MERGE_BATCH);
  let existing = Math.ceil(persons / LOAD_BATCH) * LOAD_BATCH;
  const measured = await measure(batches, MERGE_BATCH, async (n) => {
    const batch = mixedBatch({ size: MERGE_BATCH, existing, version: n + 1, random });
    existing += MERGE_BATCH / 2;
    writeFileSync(ndjson, batch.map((each) => `${JSON.stringify(each)}\n`).join(''));
    const started = performance.now();
    await connection.run(`merge into persons p using (from read_json('${ndjson}', format = 'newline_delimited', columns = {
        email: 'varchar', "firstName": 'varchar', "lastName": 'varchar', company: 'varchar', "leadScore": 'bigint'})) s
      on p.email = s.email
      when matched then update set email = s.email, "firstName" = s."firstName", "lastName" = s."lastName",
        company = s.company, "leadScore" = s."leadScore"
      when not matched then insert values (s.email, s."firstName", s."lastName", s.company, s."leadScore")`);
    return performance.now() - started;
  });
  const rate = report(`DuckDB's MERGE from NDJSON, batches of ${MERGE_BATCH}`, measured);
  console.log(`MERGE: file ${fileSize(file)}, RSS ${rss()}`);
  connection.closeSync();
  instance.closeSync();
  return rate;
}

const persons = Number(process.argv[2] ?? 1_000_000);
const batches = Number(process.argv[3] ?? 8);
const directory = mkdtempSync(join(tmpdir(), 'inlet-bench-store-'));
try {
  const rates = await benchStore(directory, persons, batches);
  const merge = await benchMerge(directory, persons, batches);
  for (const [size, rate] of rates) {
    if (size >= MERGE_BATCH) console.log(`batches of ${size}: ${(rate / merge).toFixed(2)} of DuckDB's MERGE`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
