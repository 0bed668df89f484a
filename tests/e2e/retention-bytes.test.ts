/** `--retention-bytes` of a real server: log, store and quarantine stay within it, and nothing unfinished goes. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KEPT_BYTES } from '#model/retention.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';

const MAX_BYTES = 1_000_000;
/** A store is told again when it may have grown by a tenth. */
const WITH_GROWTH = 1.1 * MAX_BYTES;
/** Nothing grows old here, and a round comes every few seconds. */
const OPTIONS = ['--retention', '80s', '--retention-bytes', '1MB', '--retry-schedule', '1h', '--log-level', 'warn'];
const DEADLINE_MS = 60_000;
const AT_ONCE = 16;
const PERSONS_EACH = 100;

interface Conservation {
  readonly holds: boolean;
  readonly lanes: Readonly<Record<'high' | 'normal' | 'events', Readonly<Record<string, number>>>>;
}

interface JournalPage {
  readonly events: readonly { readonly position: string }[];
}

/** Fails after a while; `what` is worded to follow "waited for". */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `waited for ${what}`);
    await sleep(100);
  }
}

suite('a bound on the bytes that are kept', () => {
  let server: InletServer;
  let workspace: Workspace;
  let sent = 0;
  let persons = 0;

  before(async () => {
    server = await startServer(...OPTIONS);
    workspace = new Workspace(server);
    await workspace.administer('PUT', '/custom-objects/cars', {
      fields: [
        { name: 'vin', dataType: 'string' },
        { name: 'email', dataType: 'string' },
      ],
      dedupeFields: ['vin'],
      link: { field: 'email', personField: 'email' },
    });
  });
  after(() => server[Symbol.asyncDispose]());

  async function metric(name: string): Promise<number> {
    const { text } = await workspace.send({ method: 'GET', path: '/metrics' });
    return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  }

  async function number(query: string): Promise<number> {
    const [[value] = []] = await workspace.sql(query);
    return Number(value);
  }

  async function settled(): Promise<Conservation> {
    const account = (): Promise<Conservation> => workspace.administer<Conservation>('GET', '/conservation');
    await until('an empty backlog', async () =>
      Object.values((await account()).lanes).every(({ backlog }) => backlog === 0),
    );
    return account();
  }

  async function statusOf(requestId: string): Promise<string> {
    const { status, text } = await workspace.admin('GET', `/requests/${requestId}`);
    const { code, state } = JSON.parse(text) as { code?: string; state?: string };
    return `${status} ${code ?? state}`;
  }

  function storeOne(): Promise<string> {
    sent += 1;
    return workspace.store('load/events', { n: sent, text: 'x'.repeat(2_000) });
  }

  function acceptSome(): Promise<string> {
    const some = Array.from({ length: PERSONS_EACH }, (_, at) => ({ email: `p${persons + at}@load.example` }));
    persons += PERSONS_EACH;
    return workspace.accept('persons', { persons: some });
  }

  function nextSecond(): Promise<void> {
    const began = Math.floor(Date.now() / 1000);
    return until('another second', async () => Math.floor(Date.now() / 1000) > began);
  }

  /** So many requests of one event each, and half as many of persons. The ids of the first, and of one a moment later. */
  async function fill(requests: number): Promise<{ first: string; last: string }> {
    const ids: string[] = [];
    while (ids.length < requests) {
      ids.push(...(await Promise.all(Array.from({ length: AT_ONCE }, storeOne))));
      await Promise.all(Array.from({ length: AT_ONCE / 2 }, acceptSome));
    }
    // What is kept ends with whole seconds: a quick machine may have filled one with too much.
    await nextSecond();
    return { first: ids[0] ?? '', last: await storeOne() };
  }

  /** What the store keeps of requests, fates and journal, as retention counts it. */
  function storeBytes(): Promise<number> {
    const { request, fate, event } = KEPT_BYTES;
    return number(
      `select (select count(*) * ${request} from inlet.requests) + (select count(*) * ${fate} from inlet.fates)
         + (select sum(${event} + strlen(cast(event as varchar))) from inlet.journal)`,
    );
  }

  async function isBounded(): Promise<boolean> {
    return (await metric('inlet_log_kept_bytes')) <= MAX_BYTES && (await storeBytes()) <= WITH_GROWTH;
  }

  async function assertAllThere(): Promise<void> {
    const { holds, lanes } = await settled();
    assert.ok(holds);
    assert.equal(lanes.events['received'], sent);
    assert.deepEqual(await workspace.sql('select count(*), count(distinct n) from load.events'), [[sent, sent]]);
    assert.equal(await number(`select count(*) from persons where email like 'p%@load.example'`), persons);
  }

  test('log and store come under it and stay, what was forgotten is 410, and the counts add up (laws 2 and 6)', async () => {
    const waits = await workspace.accept('customobjects/cars', {
      customObjects: [{ vin: '1', email: 'late@shop.example' }],
    });
    const old = await fill(600);
    await settled();
    assert.ok(sent * 2_000 > MAX_BYTES, 'more came in than is kept');
    await until('a log and a store within the bound', isBounded);
    await until('410', async () => (await statusOf(old.first)) === '410 request-expired');
    assert.equal(await statusOf(old.last), '200 done', 'the youngest is kept');
    await assertAllThere();

    const more = await fill(600);
    await settled();
    await until('what came in since to be within the bound', isBounded);
    await until('410', async () => (await statusOf(old.last)) === '410 request-expired');
    assert.equal(await statusOf(more.last), '200 done');
    await assertAllThere();
    assert.equal(await statusOf(waits), '200 retrying', 'what is not finished is not forgotten');
    await workspace.accept('persons', { persons: [{ email: 'late@shop.example' }] });
    await until('the object that waited', async () => (await statusOf(waits)) === '200 done');
    assert.deepEqual(await workspace.sql('select vin from cars'), [['1']]);
  });

  test('the journal begins where it says, and a place before that is 410', async () => {
    const { events } = await workspace.administer<JournalPage>('GET', '/journal?limit=1000');
    const ordinals = events.map(({ position }) => Number(position.split(':').at(-1)));
    const [first = 0] = ordinals;
    assert.ok(first > 2, 'the oldest are forgotten');
    assert.deepEqual(
      ordinals,
      ordinals.map((_, at) => first + at),
    );
    const validate = async (ordinal: number): Promise<number> => {
      const position = `inlet:${workspace.credentials.munchkinId}:${ordinal}`;
      return (await workspace.admin('GET', `/journal/validate?since=${position}`)).status;
    };
    assert.deepEqual([await validate(first - 2), await validate(first - 1)], [410, 204]);
  });

  test('the quarantine loses its oldest objects beyond the bound, says how many, and the youngest is replayed', async () => {
    const waves = 9;
    const objects = 60;
    const poison = Array.from({ length: objects }, (_, n) => ({
      email: `q${n}@load.example`,
      shoeSize: '4'.repeat(5_000),
    }));
    const quarantined: string[] = [];
    for (let wave = 0; wave < waves; wave += 1) {
      const requestId = await workspace.accept('persons', { persons: poison });
      quarantined.push(requestId);
      await workspace.decided(requestId);
      await nextSecond();
    }
    await until('a part of them to be forgotten', async () => (await metric('inlet_quarantine_forgotten_objects')) > 0);
    const counted = `sum(${KEPT_BYTES.failure} + strlen(key) + strlen(message) + strlen(object))`;
    await until(
      'failures within the bound, and as much again for those whose requests are kept',
      async () => (await number(`select ${counted} from inlet.failures`)) <= 2 * MAX_BYTES,
    );
    const forgotten = await metric('inlet_quarantine_forgotten_objects');
    assert.equal((await metric('inlet_quarantine_objects')) + forgotten, waves * objects);
    const { holds, lanes } = await settled();
    assert.ok(holds);
    assert.equal(lanes.normal['failed'], waves * objects);
    await workspace.administer('PUT', '/person-fields/shoeSize', { dataType: 'text' });
    const filter = { requestId: quarantined.at(-1) };
    await workspace.administer('POST', '/quarantine/replay', { filter });
    const replayed = `select count(*) from persons where email like 'q%@load.example'`;
    await until('the replayed persons', async () => (await number(replayed)) === objects);
    assert.ok((await settled()).holds);
  });
});
