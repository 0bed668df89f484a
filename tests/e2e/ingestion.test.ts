/** Must show 3: the documentation's own requests. What is refused, and why, is shown by decisions.test.ts. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  DOCUMENTED_PERSONS as PERSONS,
  DOCUMENTED_PURCHASES as PURCHASES,
  PURCHASE_TYPE,
} from '../support/server/documented-requests.ts';
import type { Answer } from '../support/server/http.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';

suite('Must show 3: the Data Ingestion API', () => {
  let server: InletServer;
  let workspace: Workspace;
  before(async () => {
    server = await startServer('--log-level', 'info');
    workspace = new Workspace(server);
  });
  after(() => server[Symbol.asyncDispose]());

  suite("the documentation's requests", () => {
    const names = 'select email, firstName, lastName, partitionName from persons order by email';

    test('persons: 202, empty, with its id, and two rows', async () => {
      const answer = await workspace.ingest('persons', PERSONS, {
        'X-Correlation-Id': 'trace 1',
        'X-Request-Source': 'docs',
      });
      accepted(answer);
      const id = requestIdOf(answer);
      assert.deepEqual(await workspace.sql(names, { after: id }), [
        ['brooklyn.parker@karnv.com', 'Brooklyn', 'Parker', 'EMEA'],
        ['johnny.neal@yvu30.com', 'Johnny', 'Neal', 'EMEA'],
      ]);
      const request = await workspace.decided(id);
      assert.deepEqual(request.objects, counts({ received: 2, created: 2 }));
      const { kind, type, priority, state, durability, correlationId, requestSource } = request;
      assert.deepEqual(
        { kind, type, priority, state, durability, correlationId, requestSource },
        {
          kind: 'person',
          type: 'persons',
          priority: 'high',
          state: 'done',
          durability: 'fsync',
          correlationId: 'trace 1',
          requestSource: 'docs',
        },
      );
    });

    test('again with one field changed: two rows still, one of them changed', async () => {
      const id = await workspace.accept('persons', PERSONS.replace('"Parker"', '"Smith"'));
      assert.deepEqual(await workspace.sql(names, { after: id }), [
        ['brooklyn.parker@karnv.com', 'Brooklyn', 'Smith', 'EMEA'],
        ['johnny.neal@yvu30.com', 'Johnny', 'Neal', 'EMEA'],
      ]);
      assert.deepEqual((await workspace.decided(id)).objects, counts({ received: 2, updated: 2 }));
    });

    test('custom objects, after one admin call made their type', async () => {
      const made = await workspace.admin('PUT', '/custom-objects/purchases', PURCHASE_TYPE);
      assert.equal(made.status, 201, made.text);
      const answer = await workspace.ingest('customobjects/purchases', PURCHASES);
      accepted(answer);
      const rows = 'select email, vin, make, model, "year" from purchases order by vin';
      const first = ['johnny.neal@yvu30.com', '19UYA31581L000000', 'BMW', '3-Series 325i', 1989];
      const second = ['brooklyn.parker@karnv.com', '20UYA31581L000000', 'BMW', '3-Series 330i', 2003];
      assert.deepEqual(await workspace.sql(rows, { after: requestIdOf(answer) }), [first, second]);

      const again = await workspace.accept('customobjects/PURCHASES', PURCHASES.replace('1989', '1990'));
      assert.deepEqual(await workspace.sql(rows, { after: again }), [first.with(4, 1990), second]);
      assert.deepEqual((await workspace.decided(again)).objects, counts({ received: 2, updated: 2 }));
      const guids = await workspace.sql('select distinct marketoGUID from purchases');
      assert.equal(guids.length, 2);
    });
  });

  test('the largest request that is allowed passes: 1,000 persons, headers at their limits', async () => {
    const persons = Array.from({ length: 1000 }, (_, n) => ({ email: `p${n}@many.example` }));
    const headers = { 'X-Correlation-Id': 'x'.repeat(255), 'X-Request-Source': 'x'.repeat(50) };
    const { objects, correlationId } = await workspace.decided(await workspace.accept('persons', { persons }, headers));
    assert.deepEqual(objects, counts({ received: 1000, created: 1000 }));
    assert.equal(correlationId?.length, 255);
  });
});

function counts(some: object): object {
  return { received: 0, created: 0, updated: 0, stored: 0, deleted: 0, failed: 0, pending: 0, ...some };
}

function accepted(answer: Answer): void {
  assert.equal(answer.status, 202, answer.text);
  assert.equal(answer.text, '');
  assert.equal(answer.headers['content-length'], '0');
  requestIdOf(answer);
}
