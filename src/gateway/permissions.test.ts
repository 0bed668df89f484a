/** Which permission opens which endpoint, and for how long a client's token opens anything. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, test } from 'node:test';
import { PERMISSIONS } from '#model/definitions.ts';
import type { Client } from '#model/definitions.ts';
import type { MunchkinId } from '#model/words.ts';
import { CLIENT_SECRET, OTHER_WORKSPACE, RunningGateway, WORKSPACE } from '../../tests/support/gateway.ts';
import { PERSONS, refusal, send } from '../../tests/support/ingestion-requests.ts';

const PURCHASES = `/subscriptions/${WORKSPACE}/customobjects/purchases`;

function client(clientId: string, permissions: Client['permissions'], workspace: MunchkinId = WORKSPACE): Client {
  return { clientId, workspace, name: clientId, permissions, secretHash: hash('sha256', CLIENT_SECRET), createdAt: 0 };
}

/** 202, or the code and message of the refusal. */
async function outcome(running: RunningGateway, path: string, clientId: string): Promise<number | string> {
  const body = path === PURCHASES ? '{"customObjects":[{"vin":"1"}]}' : '{"persons":[{"email":"a@b.example"}]}';
  const answer = await send(running, { path, body, token: await running.token(clientId) });
  if (answer.status === 202) return 202;
  const { code, message } = await refusal(answer);
  return `${code} ${message}`;
}

describe('permissions', () => {
  const OPENERS = { [PERSONS]: 'Read-Write Lead', [PURCHASES]: 'Read-Write Custom Object' };
  for (const [path, opener] of Object.entries(OPENERS)) {
    test(`${path.split('/').slice(3).join('/')} is opened by ${opener} and by nothing else`, async () => {
      await using running = await RunningGateway.start();
      const others = PERMISSIONS.filter((permission) => permission !== opener);
      await running.control.addClient(client('just-enough', [opener as Client['permissions'][number]]));
      await running.control.addClient(client('all-others', others));
      assert.equal(await outcome(running, path, 'just-enough'), 202);
      assert.equal(
        await outcome(running, path, 'all-others'),
        `4030801 Unauthorized: the permission ${opener} is missing`,
      );
    });
  }

  test('law 7: a client of another workspace opens its own alone', async () => {
    await using running = await RunningGateway.start();
    await running.control.addClient(client('neighbour', PERMISSIONS, OTHER_WORKSPACE));
    const own = PERSONS.replace(WORKSPACE, OTHER_WORKSPACE);
    assert.equal(await outcome(running, own, 'neighbour'), 202);
    for (const path of [PERSONS, PURCHASES, PERSONS.replace(WORKSPACE, '000-AAA-000')]) {
      const refused = '4030801 Unauthorized: the token is not of this subscription';
      assert.equal(await outcome(running, path, 'neighbour'), refused);
    }
  });
});

test('a token survives the gateway, and ends with its client, also when that is made anew under the same id', async () => {
  await using first = await RunningGateway.start();
  const token = await first.token();
  await using second = await RunningGateway.start({ parts: { control: first.control } });
  second.clock.advance(60_000);
  assert.equal(await second.token(), token, 'nothing but control was kept');
  assert.equal((await send(second, { token })).status, 202);
  const was = first.control.definitions().clients.get('client-1') as Client;
  await first.control.removeClient(WORKSPACE, 'client-1');
  await first.control.addClient(client('client-1', was.permissions));
  assert.equal((await send(second, { token })).status, 202, 'the same client in every member is the same client');
  await first.control.removeClient(WORKSPACE, 'client-1');
  await first.control.addClient({ ...client('client-1', was.permissions), createdAt: 1 });
  assert.equal((await refusal(await send(second, { token }))).code, '401013');
});
