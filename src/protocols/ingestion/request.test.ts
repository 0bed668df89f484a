import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseJson } from '#model/json.ts';
import { readCustomObjectsRequest, readPersonsRequest } from './request.ts';

describe('persons', () => {
  test('the example of the documentation', () => {
    const text =
      '{"priority":"high","partitionName":"EMEA","dedupeFields":{"field1":"email","field2":"firstName"},"persons":[{"email":"a"}]}';
    assert.deepEqual(readPersonsRequest(parseJson(text)), {
      request: {
        priority: 'high',
        partitionName: 'EMEA',
        field1: 'email',
        field2: 'firstName',
        persons: [{ email: 'a' }],
      },
    });
  });

  test('defaults', () => {
    assert.deepEqual(readPersonsRequest(parseJson('{"persons":[{}]}')), {
      request: { priority: 'normal', partitionName: 'Default', field1: 'email', persons: [{}] },
    });
  });

  test('the number of objects is bounded only where a bound is given', () => {
    const body = { persons: Array.from({ length: 1001 }, () => ({})) };
    assert.ok('request' in readPersonsRequest(body));
    assert.ok('fault' in readPersonsRequest(body, 1000));
  });
});

test('custom objects', () => {
  const text = '{"dedupeBy":"marketoGUID","priority":null,"customObjects":[{"vin":"1"}]}';
  assert.deepEqual(readCustomObjectsRequest(parseJson(text)), {
    request: { priority: 'normal', dedupeBy: 'marketoGUID', customObjects: [{ vin: '1' }] },
  });
});

test('every JSON value is read or refused with a code and a reason, and nothing is thrown', () => {
  const members = ['priority', 'partitionName', 'dedupeFields', 'dedupeBy', 'persons', 'customObjects', '__proto__'];
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('normal', 'high', {}, [{}], { field1: 'email' }, null));
  const body = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...members), value));
  fc.assert(
    fc.property(body, (sent) => {
      const json = parseJson(JSON.stringify(sent));
      for (const reading of [readPersonsRequest(json), readCustomObjectsRequest(json)]) {
        if ('request' in reading) continue;
        assert.match(reading.fault.code, /^400080[12]$/);
        assert.ok(reading.fault.reason.length > 0);
      }
    }),
  );
});
