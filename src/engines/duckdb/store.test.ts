import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MunchkinId, Position } from '#model/words.ts';
import {
  ALPHA,
  append,
  BETA,
  EMAIL,
  eventColumn,
  eventRows,
  eventTable,
  FIRST_NAME,
  personRun,
  requestRecord,
  upsertPersons,
} from '../../../tests/exams/store-subject.ts';
import { duckDbSubject, withDirectory } from './store.fixture.ts';
import { openDuckDbStores } from './store.ts';

const LIMITS = { memoryLimitBytes: 256_000_000, threads: 1 };
const GAMMA = '333-CCC-333' as MunchkinId;

test('the longest unused idle store is closed, and opens again where it stopped', async () => {
  await withDirectory(async (directory) => {
    await using stores = openDuckDbStores({ directory, ...LIMITS, maxOpenStores: 2 });
    await stores.transaction(ALPHA, (transaction) => transaction.advance('high', 7 as Position));
    const log = `${ALPHA}.duckdb.wal`;
    assert.ok(readdirSync(directory).includes(log), 'an open store has one');
    const connection = await stores.connect(ALPHA);
    for (const workspace of [BETA, GAMMA]) await stores.checkpoint(workspace);
    const alive = await connection.run('select count(*) from persons');
    assert.equal((await alive.getRows()).length, 1, 'a store with a connection out stays open');
    connection.closeSync();
    for (const workspace of [BETA, GAMMA, BETA]) await stores.checkpoint(workspace);
    assert.ok(!readdirSync(directory).includes(log), 'a store that was closed leaves no write-ahead log');
    assert.equal((await stores.checkpoint(ALPHA)).high, 7);
  });
});

test('a file that cannot be opened is unavailable, and is tried again by the next call', async () => {
  await withDirectory(async (directory) => {
    const inTheWay = join(directory, `${ALPHA}.duckdb`);
    await using stores = openDuckDbStores({ directory, ...LIMITS });
    mkdirSync(inTheWay);
    await assert.rejects(stores.checkpoint(ALPHA), { name: 'StoreError', reason: 'unavailable' });
    rmdirSync(inTheWay);
    assert.deepEqual(await stores.checkpoint(ALPHA), { high: 0, normal: 0, events: 0 });
  });
});

test('a batch that finds no memory fails as such, leaves nothing, and a smaller one works', async () => {
  await withDirectory(async (directory) => {
    const limits = { memoryLimitBytes: 60_000_000, threads: 1, maxTemporaryBytes: 1 };
    await using subject = duckDbSubject(directory, limits);
    const table = eventTable([eventColumn('v', 'text')]);
    const large = Array.from({ length: 400 }, (_, n) => `${n}`.repeat(200_000));
    await assert.rejects(append(subject, eventRows(table, 'v', large)), { name: 'StoreError', reason: 'memory' });
    await append(subject, eventRows(table, 'v', ['small']));
    assert.equal((await subject.store.eventTables(ALPHA)).get('db.tbl')?.rows, 1);
  });
});

test('a batch that DuckDB refuses is rejected, and the next one works', async () => {
  await withDirectory(async (directory) => {
    await using subject = duckDbSubject(directory);
    const table = eventTable([eventColumn('v', 'json')]);
    const poison = append(subject, eventRows(table, 'v', ['{"a":']));
    await assert.rejects(poison, { name: 'StoreError', reason: 'rejected' });
    const nul = append(subject, eventRows(eventTable([eventColumn('v', 'text')]), 'v', ['a\0b']));
    await assert.rejects(nul, { name: 'StoreError', reason: 'rejected' });
    await append(subject, eventRows(table, 'v', ['{"a":1}']));
  });
});

test('no connection reaches a file or changes a setting', async () => {
  await withDirectory(async (directory) => {
    await using stores = openDuckDbStores({ directory, ...LIMITS });
    const connection = await stores.connect(ALPHA);
    const attempts = [
      `from read_text('/etc/passwd')`,
      `copy (select 1) to '${directory}/out.csv'`,
      `attach '${directory}/other.duckdb'`,
      'install httpfs',
      'load httpfs',
      `set memory_limit = '10GB'`,
      'set enable_external_access = true',
    ];
    for (const attempt of attempts) await assert.rejects(connection.run(attempt), attempt);
    connection.closeSync();
  });
});

test('a query that runs while the stores are closed ends first, and its owner is told', async () => {
  await withDirectory(async (directory) => {
    const stores = openDuckDbStores({ directory, ...LIMITS });
    const connection = await stores.connect(ALPHA);
    let isTold = false;
    const asked = connection.run('select count(*) from range(5_000_000_000_000) a').finally(() => {
      isTold = true;
      connection.closeSync();
    });
    const told = assert.rejects(asked, /interrupt/i);
    await stores[Symbol.asyncDispose]();
    assert.ok(isTold, 'the connection is given back before the store is closed');
    await told;
  });
});

test('users see every declared field, requests and events by name', async () => {
  await withDirectory(async (directory) => {
    const subject = duckDbSubject(directory);
    await upsertPersons(subject, personRun([{ email: 'a@b.c' }], { fields: [EMAIL] }));
    await append(subject, eventRows(eventTable([eventColumn('v', 'integer')]), 'v', [1]));
    await subject.store.transaction(ALPHA, (transaction) =>
      transaction.recordRequests([requestRecord(1, { lane: 'events' })]),
    );
    await subject[Symbol.asyncDispose]();
    await using stores = openDuckDbStores({ directory, ...LIMITS });
    const connection = await stores.connect(ALPHA);
    const columnsOf = async (view: string): Promise<string[]> => (await connection.run(`from ${view}`)).columnNames();
    const shown = ['id', 'email', 'firstName', 'leadScore', 'partitionName', 'createdAt', 'updatedAt'];
    assert.deepEqual(await columnsOf('persons'), shown);
    assert.deepEqual(await columnsOf('db.tbl'), ['time', 'v']);
    assert.deepEqual((await columnsOf('inlet.failures')).slice(0, 2), ['requestId', 'index']);
    const request = await connection.run('select priority, received from inlet.requests');
    assert.deepEqual(await request.getRows(), [['normal', 3n]]);
    connection.closeSync();
  });
});

test('events keep their order and ordinals over checkpoints, widening and restarts', async () => {
  await withDirectory(async (directory) => {
    let subject = duckDbSubject(directory, { checkpointThresholdBytes: 100_000 });
    let rows = 0;
    for (let n = 0; n < 6; n += 1) {
      const extra = Array.from({ length: n }, (_, at) => eventColumn(`c${at}`, 'text'));
      const table = eventTable([eventColumn('v', n < 3 ? 'integer' : 'decimal'), ...extra], { rows });
      await append(
        subject,
        eventRows(
          table,
          'v',
          Array.from({ length: 20_000 }, (_, at) => rows + at),
        ),
      );
      rows += 20_000;
      if (n % 2 === 1) subject = (await subject.reopen?.()) ?? subject;
    }
    const page = { database: 'db', table: 'tbl', start: 0, limit: rows };
    const events = (await subject.reader.events(ALPHA, page))?.events ?? [];
    assert.deepEqual(
      events,
      Array.from({ length: rows }, (_, v) => `{"v":${v}}`),
    );
    await subject[Symbol.asyncDispose]();
  });
});

test('random updates do not make the file grow without bound', async () => {
  await withDirectory(async (directory) => {
    await using subject = duckDbSubject(directory, { checkpointThresholdBytes: 1_000_000 });
    const size = async (): Promise<number> => {
      const connection = await (subject.store as ReturnType<typeof openDuckDbStores>).connect(ALPHA);
      const result = await connection.run('select total_blocks * block_size from pragma_database_size() limit 1');
      connection.closeSync();
      return Number((await result.getRows())[0]?.[0]);
    };
    const persons = (version: number): { email: string; firstName: string }[] =>
      Array.from({ length: 20_000 }, (_, n) => ({ email: `${n}@example.com`, firstName: `Name ${n} ${version}` }));
    const fields = { fields: [EMAIL, FIRST_NAME] };
    for (let n = 0; n < 5; n += 1) await upsertPersons(subject, personRun(persons(n), fields));
    const early = await size();
    for (let n = 5; n < 25; n += 1) await upsertPersons(subject, personRun(persons(n), fields));
    assert.ok((await size()) < early * 3, 'five times as many rewrites, less than three times the file');
  });
});
