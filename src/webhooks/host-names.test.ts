import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NameServer } from '../../tests/support/name-server.ts';
import { Receiver, until } from '../../tests/support/receiver.ts';
import { openWebhookWorld } from '../../tests/support/webhook-world.ts';
import { addressesInHosts, candidatesOf } from './host-files.ts';
import { resolveHostNames } from './host-names.ts';
import type { Resolve } from './lookups.ts';

const NEVER = new AbortController().signal;
const NOWHERE = { hosts: '/nowhere/hosts', resolvConf: '/nowhere/resolv.conf' };

function resolverOf(server: NameServer): Resolve {
  return resolveHostNames({ ...NOWHERE, servers: [server.address] });
}

test('the file of hosts is read by whole names, without regard to case', () => {
  const hosts =
    '127.0.0.1\tlocalhost loop\n::1 LOCALHOST # loop6\n#10.0.0.1 gone\n10.0.0.2 a.test\nnot-an-address a.test\n';
  assert.deepEqual(addressesInHosts(hosts, 'localhost'), ['127.0.0.1', '::1']);
  assert.deepEqual(addressesInHosts(hosts, 'A.test.'), ['10.0.0.2']);
  for (const name of ['gone', 'loop6', 'test', 'local']) assert.deepEqual(addressesInHosts(hosts, name), []);
});

test('names with few dots are of the search list first, as the resolver of the system has it', () => {
  const conf = 'nameserver 10.0.0.1\nsearch old.test\nsearch ns.svc.test svc.test. ; two\noptions timeout:1 ndots:2\n';
  const [searched, absolute] = [['api.dev.ns.svc.test', 'api.dev.svc.test'], 'api.dev'];
  assert.deepEqual(candidatesOf('api.dev', conf), [...searched, absolute]);
  assert.deepEqual(candidatesOf('a.b.c', conf), ['a.b.c', 'a.b.c.ns.svc.test', 'a.b.c.svc.test']);
  assert.deepEqual(candidatesOf('api.dev.', conf), ['api.dev']);
  assert.deepEqual(candidatesOf('api.dev', ''), ['api.dev']);
  assert.deepEqual(candidatesOf('api', 'domain corp.test'), ['api.corp.test', 'api']);
});

test('a name is of the files, of the name servers, or unknown', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'inlet-names-'));
  const [hosts, resolvConf] = [join(directory.path, 'hosts'), join(directory.path, 'resolv.conf')];
  await writeFile(hosts, '10.1.1.1 own.test\n');
  await writeFile(resolvConf, 'search corp.test\n');
  await using server = await NameServer.open();
  server.records = {
    'own.test': ['10.9.9.9'],
    'two.test': ['10.2.2.2', '10.3.3.3'],
    'api.corp.test': ['10.4.4.4'],
    'half.corp.test': 'broken',
    half: ['10.5.5.5'],
    'broken.test': 'broken',
  };
  const resolve = resolveHostNames({ hosts, resolvConf, servers: [server.address] });
  const addresses = async (name: string): Promise<readonly string[]> =>
    (await resolve(name, NEVER)).map(({ address }) => address);
  assert.deepEqual(await addresses('own.test'), ['10.1.1.1']);
  assert.deepEqual(await addresses('two.test'), ['10.2.2.2', '10.3.3.3']);
  assert.deepEqual(await addresses('api'), ['10.4.4.4']);
  assert.deepEqual(await addresses('sub.localhost'), ['127.0.0.1', '::1']);
  assert.deepEqual(
    server.asked.filter((name) => /own|localhost/.test(name)),
    [],
  );
  await assert.rejects(addresses('none.test'), { code: 'ENOTFOUND' });
  await assert.rejects(addresses('broken.test'), { code: 'EAI_AGAIN' });
  // Another of that name is not taken while the name servers cannot say.
  await assert.rejects(addresses('half'), { code: 'EAI_AGAIN' });
});

test('a look-up ends with its signal', async () => {
  await using server = await NameServer.open();
  server.records = { 'dead.test': 'silent' };
  const stop = new AbortController();
  const looked = resolverOf(server)('dead.test', stop.signal);
  looked.catch(() => undefined);
  await until(() => server.asked.length > 0, 'a question');
  stop.abort();
  await assert.rejects(looked, { code: 'EAI_AGAIN' });
});

test('receivers whose name servers are silent stop nobody', async () => {
  await using server = await NameServer.open();
  const dead = Array.from({ length: 8 }, (_, index) => `dead${index}.test`);
  const silent = Object.fromEntries(dead.map((name) => [name, 'silent'] as const));
  server.records = { 'alive.test': ['127.0.0.1'] };
  await using world = await openWebhookWorld({ resolve: resolverOf(server) });
  await using receiver = await Receiver.open();
  for (const name of dead) await world.create({ url: `http://${name}/`, enabled: false });
  // What was not known is believed for a while.
  world.clock.advance(5_000);
  server.asked.length = 0;
  server.records = { ...silent, ...server.records };
  const { items } = (await world.api.call('GET', `${world.api.path}/webhooks`)).json;
  // The clock stands still: none of these ends.
  const enabled = items.map(({ id }: { id: string }) => world.patch(id, { enabled: true }));
  await until(() => dead.every((name) => server.asked.includes(name)), 'a question for each');
  await world.create({ url: `http://alive.test:${receiver.port}/` });
  const ids = world.feed.append(3);
  await receiver.until(({ posts }) => posts.length === 3);
  assert.deepEqual(new Set(receiver.eventIds), new Set(ids));
  let isOver = false;
  const over = Promise.all(enabled).finally(() => (isOver = true));
  await world.pass(1_000, () => isOver);
  for (const { state, reason } of await over)
    assert.deepEqual([state, /timeout|resolved/.test(reason)], ['disabled', true]);
});
