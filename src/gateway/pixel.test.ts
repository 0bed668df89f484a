/** Events in queries (docs/specs/collection.md, C2 and C3), and browsers of other origins (C4). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NARROW_KEY, RunningGateway, WRITE_KEY } from '../../tests/support/gateway.ts';

const KEY = `td_write_key=${encodeURIComponent(WRITE_KEY)}`;
const EVENT = `/postback/v3/event/db/tbl`;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function storedEvents(running: RunningGateway): Promise<readonly unknown[]> {
  return (await running.entries()).map(({ body }) => JSON.parse(Buffer.from(body).toString()) as unknown);
}

describe('C2: pixels', () => {
  for (const method of ['GET', 'POST', 'PUT']) {
    test(`law 1: ${method} with td_format=pixel stores its query as strings, and answers with an image`, async () => {
      await using running = await RunningGateway.start();
      const body = method === 'GET' ? null : '{"not":"this"}';
      const response = await running.fetch(`${EVENT}?td_format=pixel&${KEY}&n=1&e=%F0%9F%98%80+x&n=2&empty=`, {
        method,
        body,
      });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'image/gif');
      assert.equal(response.headers.get('cache-control'), 'no-store');
      const image = Buffer.from(await response.arrayBuffer());
      assert.equal(image.length, 43);
      assert.equal(image.subarray(0, 10).toString('hex'), '47494638396101000100', 'GIF89a, 1 by 1');
      assert.deepEqual(await storedEvents(running), [{ td_format: 'pixel', n: '2', e: '😀 x', empty: '' }]);
      assert.equal((await running.entries())[0]?.requestId, response.headers.get('x-request-id'));
    });
  }

  test('GET without td_format stores its query and answers {}', async () => {
    await using running = await RunningGateway.start();
    const response = await running.fetch(`${EVENT}?${KEY}&a=1`);
    assert.deepEqual([response.status, await response.text()], [200, '{}']);
    assert.deepEqual(await storedEvents(running), [{ a: '1' }]);
  });

  test('HEAD never stores', async () => {
    await using running = await RunningGateway.start();
    for (const query of [KEY, `${KEY}&td_format=pixel`]) {
      assert.equal((await running.fetch(`${EVENT}?${query}`, { method: 'HEAD' })).status, 200);
    }
    assert.deepEqual(await running.entries(), []);
  });

  test('law 8: the key is not in the log, whatever it was called', async () => {
    await using running = await RunningGateway.start();
    const key = encodeURIComponent(WRITE_KEY);
    for (const query of [`td_write_key=${key}`, `api_key=${key}`, `td_write_key=${key}&api_key=a`]) {
      assert.equal((await running.fetch(`${EVENT}?${query}`)).status, 200, query);
    }
    assert.deepEqual(await storedEvents(running), [{}, {}, { api_key: 'a' }], 'another api_key is a column');
  });

  test('in compat mode a pixel with a bad key is an image, and the event is dropped and said', async () => {
    await using running = await RunningGateway.start({ options: { postbackAuth: 'compat' } });
    const response = await running.fetch(`${EVENT}?td_format=pixel&td_write_key=wrong`);
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'image/gif']);
    assert.deepEqual(await running.entries(), []);
    assert.equal(running.said.filter(({ name }) => name === 'postbackRejected').length, 1);
  });

  test('a pixel passes the same checks as a body', async () => {
    await using running = await RunningGateway.start();
    const narrow = `td_write_key=${encodeURIComponent(NARROW_KEY)}`;
    const statuses = async (queries: readonly string[]): Promise<readonly number[]> =>
      Promise.all(queries.map(async (query) => (await running.fetch(`${EVENT}?td_format=pixel&${query}`)).status));
    assert.deepEqual(await statuses(['', 'td_write_key=wrong', narrow]), [403, 403, 403]);
    assert.equal((await running.fetch(`/postback/v3/event/a-b/t?${KEY}`)).status, 400);
    assert.deepEqual(await running.entries(), []);
  });
});

describe('C3: redirects and the global id', () => {
  const redirect = (target: string): string => `${EVENT}?${KEY}&td_redirect=${encodeURIComponent(target)}`;
  const options = { redirectHosts: ['good.example', 'port.example:8443'] };

  test('a browser is sent on to a host of the list, with its global id in the target', async () => {
    await using running = await RunningGateway.start({ options });
    const target = 'https://good.example/?td_global_id=td_global_id&x=my_td_global_id#td_global_id';
    const response = await running.fetch(redirect(target), { redirect: 'manual' });
    assert.equal(response.status, 302);
    const cookie = response.headers.get('set-cookie') ?? '';
    const globalId = /^td_global_id=([^;]+); Path=\/; Max-Age=\d{8}; HttpOnly; SameSite=Lax$/.exec(cookie)?.[1] ?? '';
    assert.match(globalId, UUID);
    const expected = `https://good.example/?td_global_id=${globalId}&x=my_td_global_id#${globalId}`;
    assert.equal(response.headers.get('location'), expected);
    assert.equal((await running.entries()).length, 1);
  });

  const NOT_FOLLOWED = [
    'https://evil.example/',
    'https://good.example.evil.example/',
    'https://good.example@evil.example/',
    'https://evil.example\\@good.example/',
    'https://good.example:8443/',
    'https://port.example/',
    '//evil.example/',
    'javascript:alert(1)//good.example',
    'data:text/html,good.example',
    '/relative',
  ];
  for (const target of NOT_FOLLOWED) {
    test(`stored, and not followed: ${target}`, async () => {
      await using running = await RunningGateway.start({ options });
      const response = await running.fetch(redirect(target), { redirect: 'manual' });
      assert.deepEqual([response.status, response.headers.get('location')], [200, null]);
      assert.equal((await running.entries()).length, 1);
    });
  }

  test('without a list none is followed', async () => {
    await using running = await RunningGateway.start();
    assert.equal((await running.fetch(redirect('https://good.example/'), { redirect: 'manual' })).status, 200);
  });

  test('the id in a cookie is the one that is stored; without the placeholder there is no cookie', async () => {
    await using running = await RunningGateway.start();
    const id = '0b7e7c5f-4d2c-4c8e-9a55-2f6a1f3b9d10';
    const headers = { Cookie: `a=b; td_global_id=${id}; c=d` };
    const asked = await running.fetch(`${EVENT}?${KEY}&td_global_id=td_global_id`, { headers });
    assert.match(asked.headers.get('set-cookie') ?? '', new RegExp(`^td_global_id=${id};`));
    const inBody = await running.postEvent('db/tbl', '{"td_global_id":"td_global_id"}', headers);
    assert.match(inBody.headers.get('set-cookie') ?? '', new RegExp(`^td_global_id=${id};`));
    const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' };
    const inForm = await running.postEvent('db/tbl', 'td_global_id=td_global_id', form);
    assert.match(inForm.headers.get('set-cookie') ?? '', new RegExp(`^td_global_id=${id};`));
    const unasked = await running.postEvent('db/tbl', '{"td_ip":"td_ip","td_global_id":"mine"}', headers);
    assert.equal(unasked.headers.get('set-cookie'), null);
    const ids = (await running.entries()).map(({ envelope }) => envelope.kind === 'event' && envelope.globalId);
    assert.deepEqual(ids, [id, id, id, undefined]);
  });

  test('over https the cookie goes to every site, over http it could not', async () => {
    await using running = await RunningGateway.start({ options: { trustProxy: true } });
    const headers = { 'X-Forwarded-Proto': 'https, http' };
    const response = await running.fetch('/js/v3/global_id', { headers });
    assert.match(response.headers.get('set-cookie') ?? '', /; HttpOnly; SameSite=None; Secure$/);
  });
});

describe('C4: browsers of other origins', () => {
  const ROUTES = ['/postback/v3/event/d/t', '/d/t', '/js/v3/event/d/t', '/js/v3/event', '/ios/v3/event', '/'];
  for (const path of ROUTES) {
    test(`a preflight of ${path} is answered with what it asks for, user-agent too`, async () => {
      await using running = await RunningGateway.start();
      const asked = 'authorization,content-type,user-agent';
      const headers = {
        Origin: 'https://a.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': asked,
      };
      const response = await running.fetch(`${path}?modified=1`, { method: 'OPTIONS', headers });
      assert.equal(response.status, 204);
      assert.equal(response.headers.get('access-control-allow-origin'), 'https://a.example');
      assert.equal(response.headers.get('access-control-allow-credentials'), 'true');
      assert.equal(response.headers.get('access-control-allow-headers'), asked);
      assert.match(response.headers.get('access-control-allow-methods') ?? '', /\bPOST\b/);
      assert.equal(response.headers.get('content-length'), null, 'RFC 9110, section 8.6');
      assert.ok(response.headers.has('x-request-id'));
    });
  }

  test('answers may be read, refusals too; without an origin they say nothing of it', async () => {
    await using running = await RunningGateway.start();
    const origin = { Origin: 'null' };
    for (const response of [
      await running.postEvent('d/t', '{}', origin),
      await running.postEvent('d/t', '{', origin),
      await running.postEvent('d/t', '{}', { ...origin, 'X-TD-Write-Key': 'wrong' }),
    ]) {
      assert.equal(response.headers.get('access-control-allow-origin'), 'null');
      assert.equal(response.headers.get('vary'), 'Origin');
    }
    assert.equal((await running.postEvent('d/t', '{}')).headers.get('access-control-allow-origin'), null);
  });

  test('nothing but the collection routes of events is open to other origins', async () => {
    await using running = await RunningGateway.start();
    const headers = { Origin: 'https://a.example', 'Access-Control-Request-Method': 'POST' };
    for (const path of ['/subscriptions/a/persons', '/identity/oauth/token', '/v1/workspaces', '/rest/v1/leads.json']) {
      const response = await running.fetch(path, { method: 'OPTIONS', headers });
      assert.equal(response.headers.get('access-control-allow-origin'), null, path);
    }
  });
});
