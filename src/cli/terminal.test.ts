import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';

import { surviveClosedPipe } from './terminal.ts';

describe('surviveClosedPipe', () => {
  it('lets a reader leave, and nothing else pass', () => {
    const output = new EventEmitter();
    surviveClosedPipe(output);
    output.emit('error', Object.assign(new Error('nobody reads'), { code: 'EPIPE' }));
    const full = Object.assign(new Error('disk full'), { code: 'ENOSPC' });
    assert.throws(() => output.emit('error', full), full);
  });
});
