import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';

import { nearestName } from './nearest-name.ts';
import { OPTION_LIST } from './options.ts';

const FLAGS = OPTION_LIST.map(({ flag }) => flag);

describe('nearestName', () => {
  it('finds what was meant', () => {
    assert.equal(nearestName('prot', FLAGS), 'port');
    assert.equal(nearestName('max_colums', FLAGS), 'max-columns');
    assert.equal(nearestName('LOG-LEVEL', FLAGS), 'log-level');
  });

  it('stays silent rather than guess', () => {
    assert.equal(nearestName('kafka-brokers', FLAGS), undefined);
    assert.equal(nearestName('x', []), undefined);
  });

  it('finds a name again after one letter was dropped, whichever it was', () => {
    const misspelt = fc
      .constantFrom(...FLAGS.filter((flag) => flag.length > 7))
      .chain((flag) => fc.nat(flag.length - 1).map((at) => ({ flag, text: flag.slice(0, at) + flag.slice(at + 1) })));
    fc.assert(fc.property(misspelt, ({ flag, text }) => assert.equal(nearestName(text, FLAGS), flag)));
  });
});
