import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JournalNote, MetricsNote, StatusNote } from '#model/journal.ts';
import { LOG_START } from '#model/words.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Backlog } from '#ports/intake-log.ts';
import { StoreError } from '#ports/store.ts';
import { createMemoryStore } from '#engines/memory/store.ts';
import { journalEvent } from '../../tests/support/journal-world.ts';
import { TestClock } from '../../tests/support/test-clock.ts';
import { Activity, HOUR_MS } from './activity.ts';
import { Clerk, STATUSES_PER_MINUTE } from './clerk.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const QUIET = '999-ZZZ-999' as MunchkinId;
const MINUTE = 60_000;
/** A full hour. */
const NOON = Date.UTC(2026, 10, 23, 12);
const EMPTY: Backlog = { entries: 0, objects: 0, bytes: 0 };

class Office implements Disposable {
  readonly clock: TestClock;
  readonly store: ReturnType<typeof createMemoryStore>;
  readonly activity: Activity;
  readonly notes: { readonly workspace: MunchkinId; readonly note: JournalNote }[] = [];
  readonly faults: unknown[] = [];
  readonly asked = new Set<MunchkinId>();
  workspaces: MunchkinId[] = [WORKSPACE, QUIET];
  backlogs: Partial<Record<string, Backlog>> = {};
  /** What becomes of a note: written, refused, or written by a process that dies before it says so. */
  fate: (note: JournalNote, workspace: MunchkinId) => 'written' | 'refused' | 'unsaid' = () => 'written';
  /** How much the clock has been set back. */
  setBackMs = 0;
  /** So much before their time timers wake. */
  earlyMs = 0;
  #clerk: Clerk;

  constructor(startMs: number, store = createMemoryStore()) {
    this.clock = new TestClock(startMs);
    this.store = store;
    this.activity = new Activity(this.clock);
    this.#clerk = this.#hire();
  }

  #hire(): Clerk {
    const reader = this.store.reader();
    const clerk = new Clerk({
      clock: {
        now: () => this.clock.now() - this.setBackMs,
        monotonic: () => this.clock.monotonic(),
        sleep: (ms, signal) => this.clock.sleep(Math.max(1, ms - this.earlyMs), signal),
      },
      activity: this.activity,
      workspaces: () => this.workspaces,
      remainingQuota: async () => 1_234,
      intake: { backlog: async (_workspace, lane) => this.backlogs[lane] ?? EMPTY },
      reader: {
        journal: (workspace, page) => {
          this.asked.add(workspace);
          return reader.journal(workspace, page);
        },
        checkpoint: async () => ({ high: LOG_START, normal: LOG_START, events: LOG_START }),
      },
      applying: { note: (workspace, note) => this.#write(workspace, note) },
      onFault: (error) => this.faults.push(error),
    });
    clerk.start();
    return clerk;
  }

  async #write(workspace: MunchkinId, note: JournalNote): Promise<void> {
    const fate = this.fate(note, workspace);
    if (fate !== 'refused') {
      this.notes.push({ workspace, note });
      const event = journalEvent({ type: note.type, time: note.type === 'metrics' ? note.to : note.at });
      await this.store.transaction(workspace, (transaction) => transaction.appendJournal([event]));
    }
    if (fate !== 'written') throw new StoreError('unavailable', 'down');
  }

  /** Something became final at this time. */
  async result(time: number, workspace: MunchkinId = WORKSPACE): Promise<void> {
    await this.store.transaction(workspace, (transaction) => transaction.appendJournal([journalEvent({ time })]));
  }

  /** Lets time pass minute by minute, and everything that follows from it happen. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += MINUTE) {
      this.clock.advance(Math.min(MINUTE, ms - passed));
      for (let turn = 0; turn < 40; turn += 1) await new Promise(setImmediate);
    }
  }

  /** `from` of the metrics notes, as hours from noon. */
  hours(workspace: MunchkinId = WORKSPACE): readonly number[] {
    return this.metrics(workspace).map(({ from }) => (from - NOON) / HOUR_MS);
  }

  metrics(workspace: MunchkinId = WORKSPACE): readonly MetricsNote[] {
    return this.notes
      .filter((each) => each.workspace === workspace)
      .flatMap(({ note }) => (note.type === 'metrics' ? note : []));
  }

  statuses(workspace: MunchkinId = WORKSPACE): readonly StatusNote[] {
    return this.notes
      .filter((each) => each.workspace === workspace)
      .flatMap(({ note }) => (note.type === 'status' ? note : []));
  }

  [Symbol.dispose](): void {
    this.#clerk[Symbol.dispose]();
  }
}

suite('status', () => {
  test('is noted each minute, at the minute, with quota and backlog', async () => {
    using office = new Office(NOON + 1_500);
    office.activity.accepted({ workspace: WORKSPACE });
    office.backlogs = {
      high: { entries: 1, objects: 100, bytes: 1, oldestAcceptedAt: NOON },
      normal: { entries: 2, objects: 20, bytes: 1, oldestAcceptedAt: NOON + 30_000 },
      events: { entries: 3, objects: 3, bytes: 1, oldestAcceptedAt: NOON + 20_000 },
    };
    await office.pass(58_500);
    const [status] = office.statuses();
    assert.deepEqual(status, {
      type: 'status',
      at: NOON + MINUTE,
      quota: 1_234,
      queue: {
        high: { lagSeconds: 60, requestBacklog: 1, recordBacklog: 100 },
        normal: { lagSeconds: 40, requestBacklog: 5, recordBacklog: 23 },
      },
    });
    await office.pass(3 * MINUTE);
    assert.deepEqual(
      office.statuses().map(({ at }) => (at - NOON) / MINUTE),
      [1, 2, 3, 4],
    );
  });

  test('is noted once a minute when timers wake early, and when the clock is set back a little', async () => {
    using office = new Office(NOON);
    office.earlyMs = 1;
    office.activity.accepted({ workspace: WORKSPACE });
    await office.pass(MINUTE);
    await office.pass(59_999);
    assert.equal(office.statuses().length, 1, 'not before its minute');
    await office.pass(1);
    assert.deepEqual(
      office.statuses().map(({ at }) => (at - NOON) / MINUTE),
      [1, 2],
    );
    office.fate = () => {
      office.setBackMs = 5;
      return 'written';
    };
    await office.pass(MINUTE);
    assert.equal(office.statuses().length, 3);
    await office.pass(10);
    assert.equal(office.statuses().length, 3, 'the third minute comes twice');
    await office.pass(MINUTE);
    assert.equal(office.statuses().length, 4);
  });

  test('is not noted where nothing happens, and ends a day after the last thing did', async () => {
    using office = new Office(NOON);
    office.activity.accepted({ workspace: WORKSPACE });
    await office.pass(25 * HOUR_MS);
    assert.equal(office.statuses(QUIET).length, 0);
    assert.equal(office.statuses().length, 24 * 60 - 1);
    office.activity.refused({ workspace: WORKSPACE, protocol: 'ingestion', code: '4000802' });
    await office.pass(MINUTE);
    assert.equal(office.statuses().length, 24 * 60);
  });

  test('after a start it is noted where the journal tells of the last day, and other stores are asked once', async () => {
    using office = new Office(NOON + 5 * MINUTE);
    await office.result(NOON - HOUR_MS);
    await office.pass(3 * MINUTE);
    assert.equal(office.statuses().length, 3);
    assert.equal(office.statuses(QUIET).length, 0);
    office.asked.clear();
    await office.pass(3 * HOUR_MS);
    assert.ok(!office.asked.has(QUIET), 'a quiet store stays closed');
  });

  test('workspaces take turns when there are more than a minute has', async () => {
    using office = new Office(NOON);
    office.workspaces = Array.from({ length: STATUSES_PER_MINUTE + 30 }, (_, n) => `100-AAA-${100 + n}` as MunchkinId);
    for (const workspace of office.workspaces) office.activity.accepted({ workspace });
    await office.pass(MINUTE);
    assert.equal(office.notes.length, STATUSES_PER_MINUTE);
    await office.pass(2 * MINUTE);
    for (const workspace of office.workspaces) assert.equal(office.statuses(workspace).length, 2, workspace);
  });

  test('a workspace whose store fails does not keep the others from theirs', async () => {
    using office = new Office(NOON);
    for (const workspace of office.workspaces) office.activity.accepted({ workspace });
    office.fate = (_note, workspace) => (workspace === QUIET ? 'written' : 'refused');
    await office.pass(2 * MINUTE);
    assert.equal(office.statuses(QUIET).length, 2);
    assert.equal(office.statuses().length, 0);
    assert.deepEqual(office.faults, [], 'a store that is down is no fault of ours');
  });
});

suite('metrics', () => {
  test('are noted once after each clock hour, from the one in which something happened first', async () => {
    using office = new Office(NOON + 20 * MINUTE);
    office.activity.accepted({ workspace: WORKSPACE });
    await office.pass(3 * HOUR_MS);
    assert.deepEqual(office.hours(), [0, 1, 2]);
    assert.ok(office.metrics().every(({ from, to }) => to - from === HOUR_MS));
    assert.deepEqual(office.hours(QUIET), []);
  });

  test('tell what was refused in their hour, by code, and only of wires that take data in', async () => {
    using office = new Office(NOON + 20 * MINUTE);
    const refuse = (code: string, protocol: 'ingestion' | 'postback' | 'rest' | 'admin' = 'ingestion'): void =>
      office.activity.refused({ workspace: WORKSPACE, protocol, code });
    refuse('429001');
    refuse('429001');
    refuse('4000802');
    refuse('Forbidden', 'postback');
    refuse('1003', 'rest');
    office.activity.refused({ protocol: 'ingestion', code: '401013' });
    await office.pass(HOUR_MS);
    refuse('4290801');
    await office.pass(HOUR_MS);
    assert.deepEqual(
      office.metrics().map(({ rejected }) => rejected),
      [{ '606': 2, '4000802': 1, Forbidden: 1 }, { '607': 1 }],
    );
  });

  test('of the hour that ended while the server was down are noted once', async () => {
    using before = new Office(NOON + 20 * MINUTE);
    before.activity.accepted({ workspace: WORKSPACE });
    await before.pass(65 * MINUTE);
    assert.deepEqual(before.hours(), [0]);
    await before.result(NOON + 90 * MINUTE);
    before[Symbol.dispose]();
    using after = new Office(NOON + 2 * HOUR_MS + 10 * MINUTE, before.store);
    await after.pass(10 * MINUTE);
    assert.deepEqual(after.hours(), [1]);
    after[Symbol.dispose]();
    using again = new Office(NOON + 2 * HOUR_MS + 30 * MINUTE, before.store);
    await again.pass(45 * MINUTE);
    assert.deepEqual(again.hours(), [2], 'neither the first nor the second is doubled');
  });

  test('skipped hours are caught up, a day of them at most', async () => {
    using before = new Office(NOON + MINUTE);
    before.activity.accepted({ workspace: WORKSPACE });
    await before.pass(HOUR_MS);
    before[Symbol.dispose]();
    using soon = new Office(NOON + 5 * HOUR_MS + MINUTE, before.store);
    await soon.pass(2 * MINUTE);
    assert.deepEqual(soon.hours(), [1, 2, 3, 4]);
    soon[Symbol.dispose]();
    await soon.result(NOON + 6 * HOUR_MS);
    await soon.result(NOON + 90 * HOUR_MS);
    using late = new Office(NOON + 100 * HOUR_MS + MINUTE, before.store);
    await late.pass(2 * MINUTE);
    assert.deepEqual(late.hours(), [90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  });

  test('a note that was written by a process that died before it said so is not written again', async () => {
    using office = new Office(NOON + 20 * MINUTE);
    office.activity.accepted({ workspace: WORKSPACE });
    office.fate = ({ type }) => (type === 'metrics' && office.metrics().length === 1 ? 'unsaid' : 'written');
    await office.pass(4 * HOUR_MS);
    assert.deepEqual(office.hours(), [0, 1, 2, 3]);
  });

  test('a note that was refused is written later, with what was refused in its hour', async () => {
    using office = new Office(NOON + 20 * MINUTE);
    office.activity.refused({ workspace: WORKSPACE, protocol: 'ingestion', code: '429001' });
    office.fate = () => 'refused';
    await office.pass(2 * HOUR_MS);
    assert.deepEqual(office.hours(), []);
    office.fate = () => 'written';
    await office.pass(2 * MINUTE);
    assert.deepEqual(office.hours(), [0, 1]);
    assert.deepEqual(office.metrics()[0]?.rejected, { '606': 1 });
  });

  test('a mistake of our own is told', async () => {
    using office = new Office(NOON + 20 * MINUTE);
    office.activity.accepted({ workspace: WORKSPACE });
    office.fate = () => {
      throw new TypeError('own');
    };
    await office.pass(MINUTE);
    assert.match(String(office.faults[0]), /own/);
  });
});
