import { WORKSPACE } from '../../tests/support/applier-world.ts';
import { journalEvent } from '../../tests/support/journal-world.ts';
import type { SentEntry } from '../../tests/support/applier-world.ts';
import { DAY, eventsOf, openScene, OTHER } from './retention.fixture.ts';
import { addsUp } from '#model/fates.ts';
import type { Position, RequestId } from '#model/words.ts';
import type { Submission, Submitting } from '#ports/submitting.ts';
import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { test } from 'node:test';

const PURCHASE_WITHOUT_PERSON: SentEntry = {
  lane: 'normal',
  envelope: { kind: 'customObject', clientId: 'c', apiName: 'purchases' },
  body: '{"customObjects":[{"vin":"1","owner":"nobody@example.com"}]}',
  objects: 1,
};
const BAD_PERSON: SentEntry = {
  lane: 'high',
  envelope: { kind: 'person', clientId: 'c' },
  body: '{"priority":"high","persons":[{"email":"a@b.example","leadScore":14.1},{"email":"c@d.example"}]}',
  objects: 2,
};

test('what is old and finished goes from log and store; what waits, failures and totals stay (law 2)', async () => {
  await using scene = await openScene();
  const { world, clock, submitted } = scene;
  const reader = world.store.reader();
  const done = await world.send(eventsOf(3));
  const failed = await world.send(BAD_PERSON);
  const waits = await world.send(PURCHASE_WITHOUT_PERSON);
  await world.settled();
  const totals = await reader.totals(WORKSPACE);
  const received = await world.log.writer.totals();
  clock.advance(6 * DAY);
  await scene.round();
  assert.deepEqual(submitted, [], 'nothing is old');
  const young = await world.send(eventsOf(1));
  await world.settled();
  clock.advance(2 * DAY);
  await scene.round();
  assert.equal(submitted.length, 1);
  const request = async ({ requestId }: typeof done): Promise<unknown> => reader.request(WORKSPACE, requestId);
  assert.deepEqual([await request(done), await request(failed)], [undefined, undefined]);
  assert.ok((await request(waits)) !== undefined && (await request(young)) !== undefined);
  const failures = await reader.failures(WORKSPACE, { limit: 10 });
  assert.deepEqual(
    failures.map(({ requestId, index }) => [requestId, index]),
    [[failed.requestId, 0]],
  );
  assert.equal((await reader.waiting(WORKSPACE, { limit: 10 })).length, 1);
  const left = await world.log.reader.read(WORKSPACE, 'events', 0 as Position, { entries: 9, objects: 99, bytes: 1e6 });
  assert.deepEqual(
    left.map(({ requestId }) => requestId),
    [young.requestId],
  );
  const now = await reader.totals(WORKSPACE);
  assert.ok(addsUp(now));
  assert.deepEqual({ ...now, received: 0, stored: 0, lanes: {} }, { ...totals, received: 0, stored: 0, lanes: {} });
  assert.equal(now.received, totals.received + 1);
  assert.equal((await world.log.writer.totals())[0]?.laneObjects.normal, received[0]?.laneObjects.normal);
});

test('failed objects are replayed after their entries have gone', async () => {
  await using scene = await openScene();
  const { world, clock } = scene;
  const failed = await world.send({
    ...BAD_PERSON,
    body: '{"priority":"high","persons":[{"email":"a@b.example","shoeSize":"44"}]}',
    objects: 1,
  });
  await world.settled();
  clock.advance(8 * DAY);
  await scene.round();
  assert.equal(await scene.keptBytes(), 256, 'the command alone');
  const shoeSize = { name: 'shoeSize', displayName: 'Shoe size', dataType: 'string', custom: true } as const;
  await world.control.putPersonField(WORKSPACE, { ...shoeSize, length: 10 });
  const replay = await world.send({
    lane: 'normal',
    envelope: { kind: 'replay', clientId: 'operator', objectKind: 'person', type: 'persons' },
    body: JSON.stringify([{ requestId: failed.requestId, indexes: [0] }]),
    objects: 1,
  });
  await world.settled();
  const record = await world.store.reader().request(WORKSPACE, replay.requestId);
  assert.deepEqual([record?.counts.created, record?.counts.failed], [1, 0]);
});

test('a quiet workspace is not asked again and again, and gets no commands', async () => {
  await using scene = await openScene();
  const { world, clock, submitted, asked } = scene;
  await world.send(eventsOf(2));
  await world.settled();
  for (let minutes = 0; minutes < 60; minutes += 5) {
    await scene.round();
    clock.advance(300_000);
  }
  assert.ok(asked.stores <= 4, `stores were asked ${asked.stores} times`);
  clock.advance(8 * DAY);
  await scene.round();
  assert.equal(submitted.length, 1);
  for (let rounds = 0; rounds < 50; rounds += 1) {
    clock.advance(DAY);
    await scene.round();
  }
  assert.equal(submitted.length, 1, 'there is nothing left to forget');
});

test('a store that does not come to its command gets no second one', async () => {
  const swallowed: Submission[] = [];
  const submitting: Submitting = {
    submit: async (submission) => {
      swallowed.push(submission);
      return { requestId: randomUUIDv7() as RequestId, position: 1_000 as Position };
    },
  };
  await using scene = await openScene({ submitting });
  await scene.world.send(eventsOf(2));
  await scene.world.settled();
  scene.clock.advance(8 * DAY);
  for (let rounds = 0; rounds < 5; rounds += 1) {
    await scene.retention.round();
    scene.clock.advance(DAY);
  }
  assert.equal(swallowed.length, 1);
});

test('what one command has left is for the next, in the next round', async () => {
  let commands = 0;
  // Carried out, and has forgotten nothing yet.
  const submitting: Submitting = {
    submit: async () => {
      commands += 1;
      return { requestId: randomUUIDv7() as RequestId, position: 0 as Position };
    },
  };
  await using scene = await openScene({ submitting });
  await scene.world.send(eventsOf(2));
  await scene.world.settled();
  scene.clock.advance(8 * DAY);
  for (let rounds = 0; rounds < 3; rounds += 1) {
    await scene.retention.round();
    scene.clock.advance(30_000);
  }
  assert.equal(commands, 3);
});

test('a log that takes nothing leaves the command to a later round', async () => {
  let isFull = true;
  let taken = 0;
  const submitting: Submitting = {
    submit: async () => {
      if (isFull) return { refused: 'full', retryAfterSeconds: 1 };
      taken += 1;
      return { requestId: randomUUIDv7() as RequestId, position: 1_000 as Position };
    },
  };
  await using scene = await openScene({ submitting });
  await scene.world.send(eventsOf(2));
  await scene.world.settled();
  scene.clock.advance(8 * DAY);
  await scene.retention.round();
  isFull = false;
  await scene.retention.round();
  assert.equal(taken, 1);
});

test('law 6: the log keeps no more bytes of applied entries than it may, and the small workspace loses none', async () => {
  await using scene = await openScene({ limits: { ageMs: 7 * DAY, maxBytes: 40_000 } });
  const { world } = scene;
  for (let sent = 0; sent < 200; sent += 1) await world.send(eventsOf(10));
  await world.send(eventsOf(10, OTHER));
  await world.settled();
  const small = await scene.keptBytes(OTHER);
  assert.ok((await scene.keptBytes()) > 60_000);
  await scene.retention.round();
  // Without the commands that came in since.
  const kept = (await scene.keptBytes()) - 256 * scene.submitted.length;
  assert.ok(kept <= 40_000 - small && kept > 38_000 - small, `${kept} bytes are kept`);
  assert.equal(await scene.keptBytes(OTHER), small);
});

test('law 6: a store that may have grown beyond its bytes is told, and again only after it has grown more', async () => {
  await using scene = await openScene({ limits: { ageMs: 7 * DAY, maxBytes: 400_000 } });
  const { world, submitted } = scene;
  for (let sent = 0; sent < 80; sent += 1) await world.send(eventsOf(1));
  await world.settled();
  await scene.round();
  assert.equal(submitted.length, 0);
  for (let sent = 0; sent < 25; sent += 1) await world.send(eventsOf(1));
  await world.settled();
  for (let rounds = 0; rounds < 3; rounds += 1) await scene.round();
  assert.equal(submitted.length, 1);
  const [command] = submitted;
  assert.ok(command?.envelope.kind === 'command' && command.envelope.command === 'retain');
  assert.equal(command.envelope.maxBytes, 400_000);
});

test('law 3: what is not applied stays in the log, however old', async () => {
  await using scene = await openScene();
  const { world, clock } = scene;
  await world.send(eventsOf(1));
  await world.settled();
  await world.applier[Symbol.asyncDispose]();
  const { requestId } = await world.append(eventsOf(2));
  clock.advance(8 * DAY);
  await scene.retention.round();
  const left = await world.log.reader.read(WORKSPACE, 'events', 0 as Position, { entries: 9, objects: 99, bytes: 1e6 });
  assert.deepEqual(
    left.map((entry) => entry.requestId),
    [requestId],
  );
});

test('a store that does not answer keeps its log', async () => {
  const down = async (): Promise<never> => {
    throw new Error('down');
  };
  await using scene = await openScene({ reader: { checkpoint: down, journal: down, requests: down, totals: down } });
  await scene.world.send(eventsOf(2));
  await scene.world.settled();
  const kept = await scene.keptBytes();
  scene.clock.advance(8 * DAY);
  await scene.retention.round();
  assert.deepEqual([await scene.keptBytes(), scene.submitted.length], [kept, 0]);
});

test('law 6: a quarantine that is full loses its oldest objects, at the next round, and no count or fate changes (law 2)', async () => {
  const maxBytes = 100_000;
  await using scene = await openScene({ limits: { ageMs: 7 * DAY, maxBytes } });
  const { world, clock, submitted } = scene;
  const reader = world.store.reader();
  const poison = JSON.stringify({ persons: [{ email: 'a@b.example', firstName: 'x'.repeat(5_000), leadScore: 14.1 }] });
  const sent: RequestId[] = [];
  const fill = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      sent.push((await world.send({ ...BAD_PERSON, lane: 'normal', body: poison, objects: 1 })).requestId);
      await world.settled();
      clock.advance(1_000);
    }
  };
  await fill(10);
  for (let rounds = 0; rounds < 3; rounds += 1) await scene.round();
  assert.equal(submitted.length, 0, 'there is room');
  await fill(30);
  for (let rounds = 0; rounds < 3; rounds += 1) await scene.round();
  assert.equal(submitted.length, 1);
  const { failed, quarantine } = await reader.totals(WORKSPACE);
  assert.equal(failed, 40);
  assert.ok(quarantine.objects < 40 && quarantine.bytes <= 2 * maxBytes, `${quarantine.bytes} bytes are kept`);
  const left = await reader.failures(WORKSPACE, { limit: 100 });
  assert.deepEqual(
    left.map(({ requestId }) => requestId),
    sent.slice(-quarantine.objects).toSorted(),
  );
  const kept = await reader.requests(WORKSPACE, { limit: 100 });
  assert.ok(kept.length > 0 && kept.length < quarantine.objects, 'failures outlive their requests');
});

test('a journal whose oldest event is stamped far ahead is cut like others', async () => {
  await using scene = await openScene();
  const { world, clock, submitted } = scene;
  const times = [clock.now() + 3_650 * DAY, clock.now(), clock.now() + 9 * DAY];
  await world.store.transaction(WORKSPACE, (transaction) =>
    transaction.appendJournal(times.map((time) => journalEvent({ type: 'status', time }))),
  );
  // What makes the workspace known, and is young.
  clock.advance(8 * DAY);
  await world.send(eventsOf(1));
  await world.settled();
  await scene.round();
  assert.equal(submitted.length, 1);
  const { first } = await world.store.reader().journal(WORKSPACE, { after: 0, limit: 1, maxBytes: 1 });
  assert.equal(first, 3);
  clock.advance(DAY / 2);
  await scene.round();
  assert.equal(submitted.length, 1, 'there is nothing left to forget');
});
