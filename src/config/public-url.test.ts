import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkBase } from './public-url.ts';

test('links are paths but below a path of the public URL, where they are whole URLs', () => {
  assert.equal(linkBase({ publicUrl: undefined }), '');
  assert.equal(linkBase({ publicUrl: 'https://inlet.example.com' }), '');
  assert.equal(linkBase({ publicUrl: 'https://example.com/inlet' }), 'https://example.com/inlet');
});
