import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlUnavailable } from '#ports/control.ts';
import { CLIENT_SECRET, OTHER_WORKSPACE, RunningGateway, WORKSPACE } from '../../tests/support/gateway.ts';

describe('identity', () => {
  const good = { grant_type: 'client_credentials', client_id: 'client-1', client_secret: CLIENT_SECRET };

  async function ask(
    running: RunningGateway,
    parameters: Record<string, string>,
    prefix = '',
  ): Promise<[number, Record<string, unknown>]> {
    const response = await running.fetch(
      `${prefix}/identity/oauth/token?${new URLSearchParams(parameters).toString()}`,
    );
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('pragma'), 'no-cache');
    assert.ok(response.headers.get('x-request-id'));
    return [response.status, (await response.json()) as Record<string, unknown>];
  }

  test('gives the same token with what is left of it, then a new one', async () => {
    await using running = await RunningGateway.start();
    const [status, first] = await ask(running, good);
    assert.deepEqual(
      [status, first['token_type'], first['scope'], first['expires_in']],
      [200, 'bearer', 'a@b.example', 3600],
    );
    assert.match(String(first['access_token']), /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}:[0-9a-z]+$/);
    running.clock.advance(10_500);
    const [, second] = await ask(running, good);
    assert.deepEqual([second['access_token'], second['expires_in']], [first['access_token'], 3590]);
    running.clock.advance(3_600_000);
    assert.notEqual((await ask(running, good))[1]['access_token'], first['access_token']);
  });

  test('is asked to come back when a new token cannot be recorded (law 6)', async () => {
    await using running = await RunningGateway.start();
    running.control.recordTokenIssue = () => Promise.reject(new ControlUnavailable('secret cause'));
    const [status, { error, error_description }] = await ask(running, good);
    assert.deepEqual([status, error], [503, 'temporarily_unavailable']);
    assert.doesNotMatch(String(error_description), /secret/);
  });

  test('is asked with a form, and under a subscription of its own', async () => {
    await using running = await RunningGateway.start();
    const token = await running.token();
    const response = await running.fetch('/identity/oauth/token', { method: 'POST', body: new URLSearchParams(good) });
    assert.equal(((await response.json()) as Record<string, unknown>)['access_token'], token);
    assert.equal((await ask(running, good, `/subscriptions/${WORKSPACE}`))[0], 200);
    const [status, refused] = await ask(running, good, `/subscriptions/${OTHER_WORKSPACE}`);
    assert.deepEqual([status, refused['error']], [401, 'unauthorized']);
  });

  test('refuses in the words of the service', async () => {
    await using running = await RunningGateway.start();
    assert.deepEqual(await ask(running, { ...good, client_secret: 'wrong' }), [
      401,
      { error: 'invalid_client', error_description: 'Bad client credentials' },
    ]);
    assert.deepEqual(await ask(running, { ...good, client_id: 'bad' }), [
      401,
      { error: 'unauthorized', error_description: 'No client with requested id: bad' },
    ]);
    assert.equal((await ask(running, { ...good, grant_type: 'password' }))[0], 400);
    assert.equal((await ask(running, {}))[0], 400);
    const wrongMethod = await running.fetch('/identity/oauth/token', { method: 'DELETE' });
    assert.deepEqual([wrongMethod.status, wrongMethod.headers.get('allow')], [405, 'GET, POST']);
    assert.equal((await running.fetch('/identity/nothing')).status, 404);
  });

  test('callers that come at once are given one token', async () => {
    await using running = await RunningGateway.start();
    const tokens = await Promise.all(Array.from({ length: 50 }, () => running.token()));
    assert.equal(new Set(tokens).size, 1);
  });
});
