import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { createMemoryControl } from '#engines/memory/control.ts';
import { createMemoryIntakeLog } from '#engines/memory/intake-log.ts';
import type { WriteKey } from '#model/definitions.ts';
import type { Entry } from '#model/entry.ts';
import { LOG_START } from '#model/words.ts';
import type { MunchkinId, Position, RequestId } from '#model/words.ts';
import type { Control } from '#ports/control.ts';
import type { IntakeReader } from '#ports/intake-log.ts';
import type { Submission } from '#ports/submitting.ts';
import { TdParameters } from '#protocols/td-rest/parameters.ts';
import { importRecords } from './import-calls.ts';
import { ImportsUnderWay } from './imports-under-way.ts';
import { JobRunner } from './job-runner.ts';
import { LatestWrites } from './latest-writes.ts';
import type { TdCall, TdParts } from './td-parts.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const KEY: WriteKey = {
  id: 'key-1',
  workspace: WORKSPACE,
  name: 'key',
  access: 'write-only',
  keyHash: '',
  createdAt: 0,
};
const CLOCK = {
  now: () => 1_795_000_000_000,
  monotonic: () => performance.now(),
  sleep: async (_ms: number, signal?: AbortSignal) => sleep(1, undefined, signal && { signal }),
};
const ALL = { entries: 1_000, objects: 1e9, bytes: 1e9 };

/** A room over a log in memory. */
class World implements Disposable {
  readonly control: Control = createMemoryControl();
  readonly spoolDirectory = mkdtempSync(join(tmpdir(), 'inlet-imports-'));
  readonly log = createMemoryIntakeLog();
  /** Correlation ids of entries that the store has, and the log no more. */
  readonly applied = new Set<string>();
  /** Called before each append; what it throws is thrown on. */
  beforeAppend = async (): Promise<'refused' | void> => undefined;

  static async open(): Promise<World> {
    const world = new World();
    await world.control.createWorkspace(WORKSPACE, 1);
    await world.control.addEventPlace(WORKSPACE, { database: 'web', table: 'clicks', createdAt: 1 });
    return world;
  }

  get entries(): Promise<readonly Entry[]> {
    return this.log.reader.read(WORKSPACE, 'events', LOG_START, ALL);
  }

  async names(): Promise<readonly (string | undefined)[]> {
    return (await this.entries).map(({ envelope }) => envelope.correlationId);
  }

  call(body: Uint8Array, uniqueId?: string): Promise<unknown> {
    return importRecords(this.#callOf(Readable.from([body], { objectMode: false }), uniqueId));
  }

  #callOf(body: Readable, uniqueId: string | undefined): TdCall {
    const never = new AbortController().signal;
    return {
      parts: this.#parts(),
      key: KEY,
      workspace: WORKSPACE,
      path: { database: 'web', table: 'clicks', format: 'msgpack.gz', ...(uniqueId !== undefined && { uniqueId }) },
      parameters: new TdParameters(new Map()),
      body: body as IncomingMessage,
      range: undefined,
      gone: never,
      stopping: never,
    };
  }

  #parts(): TdParts {
    const applying = { decided: async () => undefined };
    const latest = new LatestWrites(applying);
    const intake: Pick<IntakeReader, 'read'> = this.log.reader;
    return {
      control: this.control,
      clock: CLOCK,
      reader: {
        eventTables: async () => [],
        events: async () => undefined,
        checkpoint: async () => ({ high: LOG_START, normal: LOG_START, events: LOG_START }),
        requests: async (_workspace, { correlationId = '' }) =>
          this.applied.has(correlationId) ? [{ correlationId } as never] : [],
      },
      intake,
      applying,
      submitting: { submit: (submission) => this.#submit(submission) },
      jobs: new JobRunner({ control: this.control, clock: CLOCK, latest, queryTimeoutMs: 1, ...NO_QUERIES }),
      latest,
      importsUnderWay: new ImportsUnderWay(),
      events: { requestRefused: () => undefined, internalFault: () => undefined },
      spoolDirectory: this.spoolDirectory,
      importWindowMs: 1_000,
      patienceMs: 200,
    };
  }

  async #submit(submission: Submission): ReturnType<TdParts['submitting']['submit']> {
    if ((await this.beforeAppend()) === 'refused') return { refused: 'no room', retryAfterSeconds: 1 };
    const requestId = randomUUID() as RequestId;
    const position: Position = await this.log.writer.append({ ...submission, requestId, acceptedAt: CLOCK.now() });
    return { requestId, position };
  }

  [Symbol.dispose](): void {
    rmSync(this.spoolDirectory, { recursive: true });
  }
}

const NO_QUERIES = {
  reader: { sql: () => Promise.reject(new Error('no query is expected')) },
  onFault: () => undefined,
};

/** Two of them fill an entry: four entries. */
const RECORDS = Array.from({ length: 8 }, (_, n) => ({ n, text: 'x'.repeat(500_000) }));
const BODY = gzipSync(Buffer.concat(RECORDS.map((record) => encode(record))));

function recordsOf(entries: readonly Entry[]): readonly unknown[] {
  return entries.flatMap(({ body }) => JSON.parse(Buffer.from(body).toString()) as unknown[]);
}

suite('imports', () => {
  test('become entries in order, and leave nothing on disk', async () => {
    using world = await World.open();
    await world.call(BODY);
    const entries = await world.entries;
    assert.deepEqual(
      entries.map(({ objects }) => objects),
      [2, 2, 2, 2],
    );
    assert.deepEqual(recordsOf(entries), RECORDS);
    assert.deepEqual(readdirSync(world.spoolDirectory), []);
  });

  test('law 3: one that a crash broke off goes on behind what is in the log or in the store', async () => {
    for (const durable of [0, 1, 2, 3, 4]) {
      using world = await World.open();
      let appends = 0;
      world.beforeAppend = async () => {
        appends += 1;
        if (appends > durable) throw new Error('crash');
      };
      // With all four durable the crash comes before control hears of it.
      const { control } = world;
      const put = control.putImportMark.bind(control);
      control.putImportMark = (mark, before) =>
        mark.state === 'done' ? Promise.reject(new Error('crash')) : put(mark, before);
      await assert.rejects(world.call(BODY, 'chunk'), /crash/);
      assert.equal((await world.entries).length, durable);
      control.putImportMark = put;
      world.beforeAppend = async () => undefined;
      await world.call(BODY, 'chunk');
      await world.call(BODY, 'chunk');
      assert.deepEqual(recordsOf(await world.entries), RECORDS, `${durable} entries were durable`);
    }
  });

  test('law 3: what the log holds no more is found in the store', async () => {
    using world = await World.open();
    await world.call(BODY, 'a');
    for (const name of await world.names()) world.applied.add(String(name).replace(' a ', ' b '));
    const name = { workspace: WORKSPACE, database: 'web', table: 'clicks', uniqueId: 'b' };
    await world.control.putImportMark({ ...name, state: 'begun', markedAt: CLOCK.now() }, 0);
    world.applied.delete('import web.clicks b 3');
    await world.call(BODY, 'b');
    assert.deepEqual((await world.names()).slice(4), ['import web.clicks b 3']);
  });

  test('ids of different names are different imports', async () => {
    using world = await World.open();
    await world.call(BODY, 'a');
    await world.call(BODY, 'b');
    assert.equal((await world.entries).length, 8);
  });

  test('law 6: an entry waits for room, and not for ever', async () => {
    using world = await World.open();
    let refusals = 3;
    world.beforeAppend = async () => (refusals-- > 0 ? 'refused' : undefined);
    await world.call(BODY);
    assert.equal((await world.entries).length, 4);
    world.beforeAppend = async () => 'refused';
    await assert.rejects(world.call(BODY), { code: 'td-503' });
  });

  test('a table that is not there, another format and a bad id are refused before the body', async () => {
    using world = await World.open();
    await assert.rejects(world.call(BODY, 'x'.repeat(256)), { code: 'td-422' });
    await assert.rejects(world.call(BODY.subarray(0, 100)), { code: 'td-422' });
    await world.control.removeEventPlaces(WORKSPACE, { database: 'web' });
    await assert.rejects(world.call(BODY), { code: 'td-404' });
    assert.deepEqual(await world.entries, []);
  });
});
