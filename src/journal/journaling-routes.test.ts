import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { QueryError } from '#ports/store-reader.ts';
import type { RequestId } from '#model/words.ts';
import { accessTokenOf } from '../../tests/support/http-api.ts';
import type { Answer } from '../../tests/support/http-api.ts';
import { journalEvent, journalEvents, openJournalWorld } from '../../tests/support/journal-world.ts';
import type { JournalWorld } from '../../tests/support/journal-world.ts';

interface Item {
  readonly position: string;
  readonly event: { readonly id: string };
}

const linksOf = ({ headers }: Answer): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [headers['link']].flat().map((link) => {
      const { path = '', rel = '' } = /^<(?<path>[^>]+)>; rel="(?<rel>\w+)"$/.exec(String(link))?.groups ?? {};
      return [rel, path];
    }),
  );
const idsOf = ({ json }: Answer): string[] => (json.events as Item[]).map(({ event }) => event.id);

suite('the journaling API', () => {
  let world: JournalWorld;
  let path: string;
  before(async () => {
    world = await openJournalWorld();
    path = `${world.api.path}/journal`;
  });
  after(() => world[Symbol.asyncDispose]());
  const get = (url: string): Promise<Answer> => world.api.call('GET', url);

  test('an empty journal has links to go on with', async () => {
    const answer = await get(path);
    assert.equal(answer.status, 204);
    assert.equal(answer.text, '');
    assert.deepEqual(Object.keys(linksOf(answer)), ['next', 'validate']);
    assert.ok(Number(answer.headers['retry-after']) > 0);
    assert.equal((await get(linksOf(answer)['next'] ?? '')).status, 204);
    assert.equal((await get(linksOf(answer)['validate'] ?? '')).status, 204);
  });

  test('pages follow each other to the end, and past it', async () => {
    const events = journalEvents(7, { time: 5 });
    await world.append(events);
    const seen: string[] = [];
    let answer = await get(`${path}?limit=3`);
    const counts: number[] = [];
    while (answer.status === 200) {
      assert.deepEqual(Object.keys(linksOf(answer)), ['next']);
      seen.push(...idsOf(answer));
      counts.push(answer.json._page.count);
      assert.equal(answer.json._page.last, answer.json.events.at(-1).position);
      assert.deepEqual(Object.keys(answer.json._page), ['last', 'count']);
      answer = await get(linksOf(answer)['next'] ?? '');
    }
    assert.deepEqual(counts, [3, 3, 1], 'the limit is kept');
    assert.deepEqual(
      seen,
      events.map(({ id }) => id),
    );
    assert.equal(answer.status, 204);
    const [late] = journalEvents(1, { time: 6 });
    assert.ok(late);
    await world.append([late]);
    assert.deepEqual(idsOf(await get(linksOf(answer)['next'] ?? '')), [late.id]);
  });

  test('an event is given as it lies in the store, byte for byte', async () => {
    const odd = {
      ...journalEvent({ time: 7 }),
      event: '{"data":{"n":1e400,"n":12345678901234567890, "u":"\\u0000é😀"}}',
    };
    await world.append([odd]);
    const { text } = await get(`${path}?seek=-P1D&from=1970-01-01T00:00:00.007Z`);
    assert.equal(text, '', 'nothing is from today');
    const page = await get(`${path}?from=1970-01-01T00:00:00.007Z&to=1970-01-01T00:00:00.008Z`);
    assert.ok(page.text.includes(`"event":${odd.event}}`), page.text);
  });

  test('a position of an event leads behind it', async () => {
    const all = await get(path);
    const second = all.json.events[1] as Item;
    const behind = await get(`${path}?since=${encodeURIComponent(second.position)}`);
    assert.deepEqual(idsOf(behind), idsOf(all).slice(2));
  });

  test('latest begins with what comes next, and only when it is true', async () => {
    const latest = await get(`${path}?latest=true`);
    assert.equal(latest.status, 204);
    const [next] = journalEvents(1, { time: 8 });
    assert.ok(next);
    await world.append([next]);
    assert.deepEqual(idsOf(await get(linksOf(latest)['next'] ?? '')), [next.id]);
    assert.equal((await get(`${path}?latest=false`)).json._page.count, (await get(path)).json._page.count);
  });

  test('seek begins so long ago, and its link goes on from there', async () => {
    const now = Date.now();
    const [old, recent] = [journalEvent({ time: now - 3 * 3_600_000 }), journalEvent({ time: now - 3_600_000 })];
    await world.append([old, recent]);
    const answer = await get(`${path}?seek=-PT2H`);
    assert.deepEqual(idsOf(answer), [recent.id]);
    assert.doesNotMatch(linksOf(answer)['next'] ?? '', /seek/);
  });

  test('filters by type and request hold on the next page, too', async () => {
    const requestId = '01a218a4-709a-7a0d-88b9-787c62e13464' as RequestId;
    const mixed = [
      journalEvent({ type: 'status' }),
      journalEvent({ requestIds: [requestId] }),
      journalEvent({ type: 'metrics' }),
      journalEvent({ requestIds: [requestId] }),
    ];
    await world.append(mixed);
    const first = await get(`${path}?requestId=${requestId}&limit=1`);
    assert.deepEqual(idsOf(first), [mixed[1]?.id]);
    assert.deepEqual(idsOf(await get(linksOf(first)['next'] ?? '')), [mixed[3]?.id]);
    const types = await get(`${path}?type=status&type=com.adobe.platform.marketo.observability.metrics&limit=1`);
    assert.deepEqual(idsOf(types), [mixed[0]?.id]);
    assert.deepEqual(idsOf(await get(linksOf(types)['next'] ?? '')), [mixed[2]?.id]);
  });

  test('what cannot be understood is answered with how to mend it, and an id', async () => {
    for (const query of [
      'since=x',
      'seek=PT2H',
      'limit=0',
      'limit=x',
      'type=x',
      'from=yesterday',
      'unknown=1',
      'seek=-PT1H&since=x',
    ]) {
      const answer = await get(`${path}?${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(answer.json.code, 'invalid-input', query);
      assert.ok(answer.headers['x-request-id'], query);
    }
  });

  test('a limit beyond the greatest is only an upper bound', async () => {
    assert.equal((await get(`${path}?limit=1000000`)).status, 200);
  });

  test('an access token of a client of the workspace opens it, one of another does not', async () => {
    const own = world.api.owner.clientId;
    assert.equal((await world.api.call('GET', path, { token: accessTokenOf(own) })).status, 200);
    assert.equal((await world.api.call('GET', path, { token: null })).status, 401);
    const foreign = await world.api.call('GET', '/v1/workspaces/111-AAA-111/journal', { token: accessTokenOf(own) });
    assert.equal(foreign.status, 403);
  });

  test('a position whose events are forgotten is gone, in the words of the original', async () => {
    await using forgetful = await openJournalWorld();
    const { store, workspace, api } = forgetful;
    await forgetful.append(journalEvents(5), false);
    await store.transaction(workspace, (transaction) => transaction.retain({ before: 1, maxBytes: 0, now: 1 }));
    for (const place of ['journal', 'journal/validate', 'journal/live']) {
      const position = `inlet:${workspace}:1`;
      const answer = await api.call('GET', `${api.path}/${place}?since=${position}`);
      assert.equal(answer.status, 410, place);
      assert.match(String(answer.headers['content-type']), /^text\/plain/);
      assert.equal(answer.text, `Events at position ${position} have expired.`);
      assert.ok(answer.headers['x-request-id']);
    }
    assert.equal((await api.call('GET', `${api.path}/journal/validate?since=inlet:${workspace}:4`)).status, 204);
    const oldest = await api.call('GET', `${api.path}/journal`);
    assert.equal(oldest.json.events[0].position, `inlet:${workspace}:5`, 'from the oldest one can always read');
    assert.equal(
      (await api.call('GET', `${api.path}/journal?since=inlet:${workspace}:6`)).status,
      410,
      'never written',
    );
  });

  test('a store that does not answer is 503 with a time to come back', async () => {
    await using broken = await openJournalWorld({
      aroundReader: () => ({ journal: () => Promise.reject(new QueryError('unavailable', 'file x is locked')) }),
    });
    const answer = await broken.api.call('GET', `${broken.api.path}/journal`);
    assert.equal(answer.status, 503);
    assert.equal(answer.json.code, 'unavailable');
    assert.ok(Number(answer.headers['retry-after']) > 0);
    assert.doesNotMatch(answer.text, /locked/);
  });
});
