import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routeOf } from './routes.ts';

test('a target in absolute form is the same route as its path', () => {
  for (const path of [
    '/postback/v3/event/db/tbl?td_write_key=k',
    '/subscriptions/a/persons',
    '/identity/oauth/token',
  ]) {
    assert.notEqual(routeOf(path), undefined);
    for (const origin of ['http://a', 'https://a.example:8080', 'HTTP://[::1]:80']) {
      assert.deepEqual(routeOf(origin + path), routeOf(path));
    }
  }
});

test('what is no collection route is left to others', () => {
  for (const target of [
    '*',
    '/',
    '//postback/v3/event/db/tbl',
    '/subscriptions',
    'http://a',
    'http://a/v1/workspaces',
  ]) {
    assert.equal(routeOf(target), undefined, target);
  }
});
