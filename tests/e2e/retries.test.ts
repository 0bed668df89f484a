/** Must show 3 of links and retries: an object waits for its person, at most as long as the schedule, across crashes. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';
import type { FateCounts } from '../support/server/workspace.ts';

const CARS = {
  fields: [
    { name: 'vin', dataType: 'string' },
    { name: 'email', dataType: 'string' },
    { name: 'year', dataType: 'integer' },
  ],
  dedupeFields: ['vin'],
  link: { field: 'email', personField: 'email' },
};

async function withCars(...[server]: ConstructorParameters<typeof Workspace>): Promise<Workspace> {
  const workspace = new Workspace(server);
  await workspace.administer('PUT', '/custom-objects/cars', CARS);
  return workspace;
}

function counts(some: Partial<FateCounts>): FateCounts {
  return { received: 0, created: 0, updated: 0, stored: 0, deleted: 0, failed: 0, pending: 0, ...some };
}

function car(vin: string, year: number = 2003): object {
  return { vin, email: `${vin}@retries.example`, year };
}

function person(vin: string): object {
  return { persons: [{ email: `${vin.toUpperCase()}@retries.example` }] };
}

suite('Must show 3: links and retries', () => {
  test('an object before its person is created at once when the person comes, across a SIGKILL', async () => {
    // Hours, so that nothing but the person can end the wait.
    const options = ['--retry-schedule', '1h,1h,1h', '--log-level', 'warn'];
    await using server = await startServer(...options);
    const workspace = await withCars(server);
    const first = await workspace.accept('customobjects/cars', { customObjects: [car('a'), car('b')] });
    const second = await workspace.accept('customobjects/cars', { customObjects: [car('a', 2004)] });
    const waiting = await workspace.decided(first);
    assert.equal(waiting.state, 'retrying');
    assert.deepEqual(waiting.objects, counts({ received: 2, pending: 2 }));
    assert.deepEqual(
      waiting.retries.map(({ index, code, attempts }) => ({ index, code, attempts })),
      [0, 1].map((index) => ({ index, code: '1004', attempts: 1 })),
    );
    const dueInMs = Date.parse(waiting.retries[0]?.nextAttemptAt ?? '') - Date.now();
    assert.ok(dueInMs > 3_500_000 && dueInMs < 4_000_000, `due in ${dueInMs} ms`);
    assert.deepEqual((await workspace.decided(second)).objects, counts({ received: 1, pending: 1 }));
    assert.deepEqual(await workspace.sql('select count(*) from cars'), [[0]]);

    await server.kill();
    await server.start(...options);
    assert.deepEqual((await workspace.decided(first)).objects, counts({ received: 2, pending: 2 }));
    await workspace.accept('persons', person('a'));
    // Its later version comes after it, and not before.
    assert.deepEqual((await workspace.done(second)).objects, counts({ received: 1, updated: 1 }));
    assert.deepEqual((await workspace.decided(first)).objects, counts({ received: 2, created: 1, pending: 1 }));
    assert.deepEqual(await workspace.sql('select vin, year from cars'), [['a', 2004]]);

    await server.kill();
    await server.start(...options);
    await workspace.accept('persons', person('b'));
    const done = await workspace.done(first);
    assert.deepEqual(done.objects, counts({ received: 2, created: 2 }));
    assert.deepEqual(done.retries, []);
    assert.deepEqual(await workspace.sql('select vin, year from cars order by vin'), [
      ['a', 2004],
      ['b', 2003],
    ]);
  });

  test('after its last retry an object fails with 1004, and the schedule goes on across a SIGKILL', async () => {
    const options = ['--retry-schedule', '1s,1s,2s', '--log-level', 'warn'];
    await using server = await startServer(...options);
    const workspace = await withCars(server);
    const request = await workspace.accept('customobjects/cars', { customObjects: [car('c'), car('c', 2005)] });
    await workspace.decided(request);
    await server.kill();
    await server.start(...options);
    const { objects, failures } = await workspace.done(request);
    assert.deepEqual(objects, counts({ received: 2, failed: 2 }));
    assert.deepEqual(
      failures.map(({ index, code, message }) => ({ index, code, message })),
      [0, 1].map((index) => ({ index, code: '1004', message: 'Lead not found' })),
    );
    assert.equal(failures[0]?.attempts, 4);
    assert.deepEqual(await workspace.sql('select count(*) from cars'), [[0]]);
    // The person comes too late for them, and in time for whoever comes afterwards.
    await workspace.accept('persons', person('c'));
    const late = await workspace.decided(await workspace.accept('customobjects/cars', { customObjects: [car('c')] }));
    assert.deepEqual(late.objects, counts({ received: 1, created: 1 }));
  });

  test('a person in time between two retries', async () => {
    await using server = await startServer('--retry-schedule', '1s,30s,30s', '--log-level', 'warn');
    const workspace = await withCars(server);
    const request = await workspace.accept('customobjects/cars', { customObjects: [car('d')] });
    while (((await workspace.decided(request)).retries[0]?.attempts ?? 0) < 2) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await workspace.accept('persons', person('d'));
    assert.deepEqual((await workspace.done(request)).objects, counts({ received: 1, created: 1 }));
  });

  test('whoever sent it can end a wait', async () => {
    await using server = await startServer('--retry-schedule', '1h', '--log-level', 'warn');
    const workspace = await withCars(server);
    const request = await workspace.accept('customobjects/cars', { customObjects: [car('e'), car('f')] });
    await workspace.decided(request);
    await workspace.administer('POST', `/requests/${request}/cancel-waiting`);
    const { objects, failures } = await workspace.done(request);
    assert.deepEqual(objects, counts({ received: 2, failed: 2 }));
    assert.match(failures[0]?.message ?? '', /Lead not found; the wait was ended by an operator/);
  });
});
