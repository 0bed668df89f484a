import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createMemoryControl } from '#engines/memory/control.ts';
import type { MunchkinId } from '#model/words.ts';
import { authorize, leaveOf } from './authorize.ts';
import type { Credentials } from './authorize.ts';
import { addClient } from './credentials.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;

suite('leave', () => {
  const enter = async () => {
    const control = createMemoryControl();
    await control.createWorkspace(WORKSPACE, 0);
    const { clientId } = await addClient(control, { workspace: WORKSPACE, name: 'a', permissions: [], now: 0 });
    const world = { now: 1_000, expiresAt: 5_000, looks: 0 };
    const credentials = (): Credentials => ({
      definitions: control.definitions(),
      accessTokenClient: (token) => {
        world.looks += 1;
        return world.now < world.expiresAt ? control.definitions().clients.get(token) : undefined;
      },
    });
    const call = {
      access: 'workspace-or-client',
      authorization: `Bearer ${clientId}`,
      munchkinId: WORKSPACE,
    } as const;
    authorize(call, credentials());
    return { control, clientId, world, leave: leaveOf(call, credentials, () => world.now) };
  };

  test('lasts as long as the token, and is looked at once a second', async () => {
    const { world, leave } = await enter();
    world.looks = 0;
    for (let asked = 0; asked < 1_000; asked += 1) assert.ok(leave());
    assert.equal(world.looks, 0);
    world.now = 4_999;
    assert.ok(leave());
    world.now = 5_999;
    assert.ok(!leave());
    assert.equal(world.looks, 2);
  });

  test('ends at once with the client, and does not come back', async () => {
    const { control, clientId, leave } = await enter();
    const client = control.definitions().clients.get(clientId);
    assert.ok(client && leave());
    await control.removeClient(WORKSPACE, clientId);
    assert.ok(!leave());
    await control.addClient(client);
    assert.ok(!leave());
  });

  test('is looked at again when the clock was set back', async () => {
    const { world, leave } = await enter();
    world.now = 0;
    world.expiresAt = 0;
    assert.ok(!leave());
  });
});
