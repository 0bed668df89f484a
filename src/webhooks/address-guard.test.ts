import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { Receiver } from '../../tests/support/receiver.ts';
import { openWebhookWorld } from '../../tests/support/webhook-world.ts';
import { AddressGuard, AddressRefused, isPublicAddress } from './address-guard.ts';
import { resolveHostNames } from './host-names.ts';

const REFUSED = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '169.254.169.254',
  '168.63.129.16',
  '100.64.0.1',
  '192.0.0.8',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd12::1',
  'ff02::1',
  'fec0::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '::7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::7f00:1',
  '2002:7f00:1::',
  '2001::7f00:1',
  '2001:db8::1',
  '100::1',
  '3fff::1',
  '5f00::1',
  '4000::1',
  'localhost',
  '',
];
const TAKEN = ['8.8.8.8', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1'];

test('only addresses of the public internet are taken', () => {
  assert.deepEqual(REFUSED.filter(isPublicAddress), []);
  assert.deepEqual(TAKEN.filter(isPublicAddress), TAKEN);
});

test('addresses of this machine are refused, in any spelling, as they are at that moment', async () => {
  let own: readonly string[] = ['10.0.0.1', '2606:4700::1', 'fe80::1%eth0'];
  const lookups = { of: async () => [{ address: '8.8.8.8', family: 4 }] };
  const guard = new AddressGuard({ allowPrivate: false, lookups, ownAddresses: () => own });
  assert.equal((await guard.addressesOf('name.test')).length, 1);
  await assert.rejects(guard.addressesOf('[2606:4700:0:0::1]'), /2606:4700.*this machine.*--webhook-allow-private/);
  own = ['8.8.8.8'];
  await assert.rejects(guard.addressesOf('name.test'), AddressRefused);
  await assert.rejects(guard.addressesOf('8.8.8.8'), /8\.8\.8\.8 is an address of this machine/);
  const open = new AddressGuard({ allowPrivate: true, lookups, ownAddresses: () => own });
  assert.equal((await open.addressesOf('name.test')).length, 1);
});

test('the addresses of this machine are those of its interfaces', async () => {
  const of = async (): Promise<never> => assert.fail('nothing to look up');
  const guard = new AddressGuard({ allowPrivate: false, lookups: { of } });
  const all = Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address));
  for (const address of all) await assert.rejects(guard.addressesOf(address), AddressRefused);
});

const PRIVATE_URLS = [
  'http://127.0.0.1/x',
  'http://127.1/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://2130706433/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://169.254.169.254/latest/meta-data',
  'https://10.0.0.1/',
  'http://0/',
  'http://[fd00::1]:8080/',
  'http://localhost:8080/',
];

test('a URL with such an address, in any spelling, or a name that resolves to one, is refused with 400', async () => {
  await using world = await openWebhookWorld({ allowPrivate: false, resolve: resolveHostNames() });
  for (const url of PRIVATE_URLS) {
    const { json } = await world.api.call('POST', `${world.api.path}/webhooks`, { body: { url } });
    assert.equal(json.code, 'invalid-input', `${url}: ${JSON.stringify(json)}`);
    assert.match(json.errors[0].message, /--webhook-allow-private/);
  }
  assert.equal(world.control.definitions().webhooks.size, 0);
});

test('a URL that is none, or holds credentials, is refused with what to mend (law 8)', async () => {
  await using world = await openWebhookWorld();
  const faults: Readonly<Record<string, RegExp>> = {
    'example.com/hook': /https:\/\//,
    'ftp://example.com/': /https:\/\//,
    'http://user:secret@example.com/': /user name or password/,
    'http://user@example.com/': /user name or password/,
    'https://example.com/#part': /fragment/,
    [`https://example.com/${'x'.repeat(2_048)}`]: /2048 characters/,
  };
  for (const [url, message] of Object.entries(faults)) {
    const { status, json, text } = await world.api.call('POST', `${world.api.path}/webhooks`, { body: { url } });
    assert.equal(status, 400);
    assert.match(json.errors[0].message, message);
    assert.doesNotMatch(text, /secret/);
  }
});

test('the address is judged at each connection: a name that resolves otherwise later is refused then', async () => {
  await using receiver = await Receiver.open();
  let addresses = [{ address: '8.8.8.8', family: 4 }];
  await using world = await openWebhookWorld({ allowPrivate: false, resolve: async () => addresses });
  const url = `http://rebind.test:${receiver.port}/`;
  const { id } = await world.create({ url, enabled: false });
  addresses = [
    { address: '8.8.8.8', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ];
  const { state, reason } = await world.patch(id, { enabled: true });
  assert.equal(state, 'disabled');
  assert.match(reason, /address refused: rebind\.test \(127\.0\.0\.1\)/);
  const test = await world.api.call('POST', `${world.api.path}/webhooks/${id}/test`);
  assert.match(test.json.fault, /^address refused/);
  assert.equal(receiver.received.length, 0);
});

test('the connection goes to the address that was judged, and is tried again while it is refused', async () => {
  await using receiver = await Receiver.open();
  const asked: string[] = [];
  let address = '127.0.0.1';
  const resolve = async (hostname: string): Promise<{ address: string; family: number }[]> => {
    asked.push(hostname);
    return [{ address, family: 4 }];
  };
  await using world = await openWebhookWorld({ resolve });
  const { id, state } = await world.create({ url: `http://name.test:${receiver.port}/` });
  assert.deepEqual([state, receiver.received[0]?.headers.host], ['active', `name.test:${receiver.port}`]);
  assert.deepEqual(new Set(asked), new Set(['name.test']));
  address = '127.0.0.99';
  await receiver[Symbol.asyncDispose]();
  world.feed.append(1);
  await world.pass(0, async () => (await world.traces(id)).length === 2);
  assert.equal((await world.show(id)).pending, 1);
  await using again = await Receiver.open();
  assert.equal(again.received.length, 0);
});

test('a redirect to an address that is refused is not followed', async () => {
  await using world = await openWebhookWorld();
  await using receiver = await Receiver.open();
  await using inner = await Receiver.open();
  const { id } = await world.create({ url: receiver.url });
  receiver.manner = () => ({ status: 302, headers: { location: inner.url } });
  world.feed.append(1);
  await world.pass(0, async () => (await world.show(id)).dropped === 1);
  assert.equal(inner.received.length, 0);
});
