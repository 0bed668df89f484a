import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewEntry } from '#model/entry.ts';
import type { Position } from '#model/words.ts';
import type { IntakeReader, IntakeWriter } from '#ports/intake-log.ts';
import { INTAKE_LOG_EXAM } from '../../../tests/exams/intake-log.exam.ts';
import type { IntakeLogSubject } from '../../../tests/exams/intake-log/subject.ts';
import { createMemoryIntakeLog } from './intake-log.ts';

type Appending = (writer: IntakeWriter, entry: NewEntry, quotaDay?: string) => Promise<Position>;

function subjectOf(writer: IntakeWriter, log = createMemoryIntakeLog()): IntakeLogSubject {
  return { writer, reader: log.reader, [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose]() };
}

for (const { name, check } of INTAKE_LOG_EXAM) {
  test(`memory intake log: ${name}`, async () => {
    const log = createMemoryIntakeLog();
    await using subject = subjectOf(log.writer, log);
    await check(subject);
  });
}

/** A memory log whose appends go through `faulty`. */
function createFaultyLog(faulty: Appending): IntakeLogSubject {
  const log = createMemoryIntakeLog();
  const writer: IntakeWriter = {
    durability: 'memory',
    append: (entry, quotaDay) => faulty(log.writer, entry, quotaDay),
    objectsOfDay: (workspace, day) => log.writer.objectsOfDay(workspace, day),
    totals: () => log.writer.totals(),
    truncate: (workspace, lane, through) => log.writer.truncate(workspace, lane, through),
    [Symbol.asyncDispose]: () => log.writer[Symbol.asyncDispose](),
  };
  return subjectOf(writer, log);
}

/** A memory log with some methods of its ends replaced. */
function createLogWith(
  change: (log: ReturnType<typeof createMemoryIntakeLog>) => Partial<IntakeWriter & IntakeReader>,
): IntakeLogSubject {
  const log = createMemoryIntakeLog();
  const methods = change(log);
  const end = <End extends object>(target: End): End =>
    new Proxy(target, {
      get: (of, name) => {
        const member: unknown = Reflect.get(name in methods ? methods : of, name);
        return typeof member === 'function' ? member.bind(name in methods ? methods : of) : member;
      },
    });
  return { writer: end(log.writer), reader: end(log.reader), [Symbol.asyncDispose]: async () => undefined };
}

async function failedClauses(createLog: () => IntakeLogSubject): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, check } of INTAKE_LOG_EXAM) {
    await using log = createLog();
    await check(log).catch(() => failed.push(name));
  }
  return failed;
}

/** Calls 1, 2, 3 … of one log; each fault strikes at the fifteenth. */
function atFifteenth(fault: Appending): () => IntakeLogSubject {
  return () => {
    let calls = 0;
    return createFaultyLog((writer, entry, quotaDay) => {
      calls += 1;
      return calls === 15 ? fault(writer, entry, quotaDay) : writer.append(entry, quotaDay);
    });
  };
}

const FAULTS: Readonly<Record<string, () => IntakeLogSubject>> = {
  'drops one entry': atFifteenth(async () => 15 as Position),
  'doubles one entry': atFifteenth(async (writer, entry, day) => {
    await writer.append(entry, day);
    return writer.append(entry, day);
  }),
  'lets one entry wait behind later ones': atFifteenth(async (writer, entry, day) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return writer.append(entry, day);
  }),
  'answers one append before it is readable': atFifteenth(async (writer, entry, day) => {
    setTimeout(() => void writer.append(entry, day).catch(() => undefined), 5);
    return 15 as Position;
  }),
  'decodes bodies as text': () =>
    createFaultyLog((writer, entry, day) =>
      writer.append({ ...entry, body: Buffer.from(Buffer.from(entry.body).toString('utf8')) }, day),
    ),
  'mixes up workspaces': () =>
    createFaultyLog((writer, entry, day) =>
      writer.append({ ...entry, workspace: '000-XXX-000' as NewEntry['workspace'] }, day),
    ),
  'counts all objects in one lane': () =>
    createLogWith(({ writer }) => ({
      totals: async () =>
        (await writer.totals()).map((each) => ({ ...each, laneObjects: { high: 0, normal: each.objects, events: 0 } })),
    })),
  'cuts one entry too many': () =>
    createLogWith(({ writer }) => ({
      truncate: (workspace, lane, through) => writer.truncate(workspace, lane, (through + 1) as Position),
    })),
  'would cut what is not applied': () =>
    createLogWith(({ reader }) => ({
      truncationPoint: (workspace, lane, limit) =>
        reader.truncationPoint(workspace, lane, { ...limit, through: 1e9 as Position }),
    })),
  'bounds no bytes': () =>
    createLogWith(({ reader }) => ({
      truncationPoint: (workspace, lane, limit) => reader.truncationPoint(workspace, lane, { ...limit, maxBytes: 1e9 }),
    })),
  'counts kept bytes without their entries': () =>
    createLogWith(({ reader }) => ({
      keptBytes: async (workspace, lane, through) => (await reader.keptBytes(workspace, lane, through)) / 2,
    })),
  'forgets the quota': () => createFaultyLog((writer, entry) => writer.append(entry)),
};

for (const [fault, createLog] of Object.entries(FAULTS)) {
  test(`the intake log's exam catches an engine that ${fault}`, async () => {
    assert.notDeepEqual(await failedClauses(createLog), []);
  });
}
