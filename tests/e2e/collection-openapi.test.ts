/** What the OpenAPI document says of the ways in, beside what the gateway serves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLLECTION_PATHS } from '#admin/collection-operations.ts';
import { routeOf } from '#gateway/routes.ts';

const METHODS = ['get', 'post', 'put', 'delete', 'patch', 'head'] as const;

// By its content type alone the question for a global id differs from a visit of the root.
const ROOT_TYPE = 'application/vnd.treasuredata.v1.js+json';

const COLLECTION_OPERATIONS = [
  ['get /postback/v3/event/{database}/{table}', 'postback'],
  ['post /postback/v3/event/{database}/{table}', 'postback'],
  ['post /{database}/{table}', 'records'],
  ['get /js/v3/event/{database}/{table}', 'td-js'],
  ['post /js/v3/event/{database}/{table}', 'td-js'],
  ['post /js/v3/event', 'td-mobile'],
  ['post /ios/v3/event', 'td-mobile'],
  ['post /android/v3/event', 'td-mobile'],
  ['get /js/v3/global_id', 'td-js'],
  ['get /js/v3/enable_global_id', 'td-js'],
  ['get /', 'td-js'],
  ['post /subscriptions/{munchkinId}/persons', 'ingestion'],
  ['post /subscriptions/{munchkinId}/customobjects/{customObjectAPIName}', 'ingestion'],
  ['get /identity/oauth/token', 'identity'],
  ['post /identity/oauth/token', 'identity'],
  ['get /subscriptions/{munchkinId}/identity/oauth/token', 'identity'],
  ['post /subscriptions/{munchkinId}/identity/oauth/token', 'identity'],
];

test('every operation that takes data in has its route in the gateway', () => {
  const served = Object.entries(COLLECTION_PATHS).flatMap(([path, item]) =>
    METHODS.filter((method) => item?.[method] !== undefined).map((method) => {
      const head = { method: method.toUpperCase(), headers: { 'content-type': ROOT_TYPE } };
      const route = routeOf(path.replaceAll(/\{\w+\}/g, 'x'), head);
      const isKnown = route !== undefined && (!('known' in route) || route.known);
      return [`${method} ${path}`, isKnown ? route.protocol : 'none'];
    }),
  );
  assert.deepEqual(served, COLLECTION_OPERATIONS);
});
