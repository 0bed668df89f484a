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

test('fixed routes win over /{database}/{table}, and their first segments are never a database', () => {
  const post = { method: 'POST', headers: {} };
  const protocolOf = (target: string): string | undefined => routeOf(target, post)?.protocol;
  assert.deepEqual(['/db/tbl', '/db/tbl/', '/a/b?c/d'].map(protocolOf), ['records', 'records', 'records']);
  const taken = ['v1', 'v3', 'rest', 'console', 'docs', 'keys', 'openapi.json', 'healthz', 'readyz', 'metrics', 'V1'];
  for (const segment of taken) assert.equal(protocolOf(`/${segment}/tbl`), undefined, segment);
  const fixed = ['postback', 'js', 'ios', 'android', 'subscriptions', 'identity'];
  const protocols = ['postback', 'td-js', 'td-mobile', 'td-mobile', 'ingestion', 'identity'];
  assert.deepEqual(
    fixed.map((segment) => protocolOf(`/${segment}/tbl`)),
    protocols,
  );
  assert.deepEqual(['/a', '/a/b/c', '/a//b', '//a/b', '/'].map(protocolOf), Array(5).fill(undefined));
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
    assert.equal(routeOf('/db/tbl', { method, headers: {} }), undefined, method);
  }
});

test('/js/v3/event is mobile without names behind it, and a browser event with them', () => {
  assert.deepEqual(routeOf('/js/v3/event?a=1'), { protocol: 'td-mobile', known: true, query: 'a=1' });
  assert.deepEqual(routeOf('/js/v3/event/d/t'), { protocol: 'td-js', rest: 'event/d/t', query: '' });
});

test('the root is asked for the global id by its content type alone', () => {
  const headers = { 'content-type': 'application/vnd.treasuredata.v1.js+json' };
  assert.deepEqual(routeOf('/', { method: 'GET', headers }), { protocol: 'td-js', rest: 'global_id', query: '' });
  assert.equal(routeOf('/', { method: 'GET', headers: { 'content-type': 'application/json' } }), undefined);
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
