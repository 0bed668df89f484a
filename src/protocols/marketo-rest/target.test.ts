import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCall } from './find-call.ts';
import { RestError } from './errors.ts';
import { readRestTarget } from './target.ts';

test('a target of the API, with and without the subscription', () => {
  assert.deepEqual(readRestTarget('/rest/v1/leads.json?a=b&c'), { segments: ['v1', 'leads.json'], query: 'a=b&c' });
  assert.deepEqual(readRestTarget('/subscriptions/556-RJS-213/rest/v1/leads.json'), {
    munchkinId: '556-RJS-213',
    segments: ['v1', 'leads.json'],
    query: '',
  });
});

test('un-normalised targets are taken as their clients send them', () => {
  const segments = (target: string): readonly string[] | undefined => readRestTarget(target)?.segments;
  assert.deepEqual(segments('//rest//v1///leads.json'), ['v1', 'leads.json']);
  assert.deepEqual(segments('http://host:80/rest/v1/leads.json'), ['v1', 'leads.json']);
  assert.deepEqual(segments('/rest/v1/../v1/./leads.json'), ['v1', 'leads.json']);
  assert.deepEqual(segments('/rest/v1/leads.json#part'), ['v1', 'leads.json']);
  assert.deepEqual(segments('/rest/v1/customobjects/a%2Fb.json'), ['v1', 'customobjects', 'a/b.json']);
  assert.deepEqual(segments('/rest/../bulk/v1/leads.json'), [], 'it leaves the API (node-marketo-rest 0.7.8)');
  assert.deepEqual(segments('/rest/../../rest/v1/leads.json'), []);
  assert.deepEqual(segments('/rest/v1/%E9.json'), []);
});

test('other targets are no business of this API', () => {
  const others = [
    '/',
    '/rest',
    '/resting/v1',
    '/v1/rest/v1',
    '/subscriptions/x/persons',
    '/subscriptions/rest/v1',
    '/identity/x',
  ];
  for (const target of others) assert.equal(readRestTarget(target), undefined, target);
});

function found(path: string, method = 'GET'): unknown {
  try {
    return findCall(path.split('/'), method);
  } catch (error) {
    assert.ok(error instanceof RestError);
    return `${error.code} ${error.message}`;
  }
}

test('paths lead to calls, literal ones before those with parameters', () => {
  assert.deepEqual(found('v1/lead/50.json'), { name: 'getLead', path: { leadId: '50' } });
  assert.deepEqual(found('v1/customobjects/car_c.json'), { name: 'getObjects', path: { customObjectName: 'car_c' } });
  assert.deepEqual(found('v1/customobjects/schema.json'), { name: 'listObjectTypes', path: {} });
  assert.deepEqual(found('v1/customobjects/schema/a/b/deleteField.json', 'POST'), {
    name: 'deleteTypeFields',
    path: { apiName: 'a', fieldApiName: 'b' },
  });
  assert.deepEqual(found('v1/leads.json', 'DELETE'), { name: 'deleteLeads', path: {} });
});

test('an unknown path is 610, a method that a path does not know 605', () => {
  for (const path of ['v1', 'v1/leads', 'v1/lead/.json', 'v2/leads.json', 'leads.json', 'v1/leads.json/x']) {
    assert.equal(found(path), '610 Requested resource not found', path);
  }
  assert.equal(
    found('v1/customobjects/schema.json', 'DELETE'),
    "605 Request method 'DELETE' not supported; this path knows GET, POST",
  );
});
