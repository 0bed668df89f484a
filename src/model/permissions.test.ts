import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PERMISSIONS } from './definitions.ts';
import { DEFAULT_PERMISSIONS, PERMISSION_NAMES, permissionOf } from './permissions.ts';

test('Person is another word for Lead, and every other permission has one name', () => {
  assert.equal(permissionOf('Read-Write Person'), 'Read-Write Lead');
  assert.equal(permissionOf('Read-Only Person'), 'Read-Only Lead');
  assert.deepEqual(new Set(PERMISSION_NAMES.map(permissionOf)), new Set(PERMISSIONS));
  for (const permission of PERMISSIONS) assert.equal(permissionOf(permission), permission);
});

test('a client that nobody gave any has those of the Data Ingestion API', () => {
  assert.deepEqual(DEFAULT_PERMISSIONS, ['Read-Write Lead', 'Read-Write Custom Object']);
});
