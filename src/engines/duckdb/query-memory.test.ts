import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { QueryMemoryLedger } from './query-memory.ts';
import type { MemorySample } from './query-memory.ts';

const sample = (heldBytes: number, countedBytes = heldBytes, residentBytes = 0): MemorySample => ({
  heldBytes,
  countedBytes,
  residentBytes,
});

suite('the memory ledger', () => {
  test('what was held before a query is not its own', () => {
    const ledger = new QueryMemoryLedger<string>(sample(900));
    ledger.start('a');
    ledger.observe(sample(950));
    assert.equal(ledger.offender(100), undefined);
    ledger.observe(sample(1001));
    assert.equal(ledger.offender(100), 'a');
  });

  test('of several the one that was charged most is ended', () => {
    const ledger = new QueryMemoryLedger<string>(sample(0));
    ledger.start('a');
    ledger.observe(sample(80));
    ledger.start('b');
    ledger.observe(sample(120));
    assert.equal(ledger.offender(100), 'a');
    ledger.finish('a');
    ledger.observe(sample(20));
    assert.equal(ledger.offender(19), 'b');
    assert.equal(ledger.offender(20), undefined);
  });

  test('what an ended query held gives no credit to the others', () => {
    const ledger = new QueryMemoryLedger<string>(sample(0));
    ledger.start('a');
    ledger.start('b');
    ledger.observe(sample(200));
    ledger.finish('a');
    ledger.observe(sample(100));
    assert.equal(ledger.offender(99), 'b');
  });

  test("cached pages and freed memory are nobody's; memory that the engine does not count is the youngest's", () => {
    const ledger = new QueryMemoryLedger<string>(sample(0, 0, 1000));
    ledger.start('a');
    ledger.start('b');
    ledger.observe(sample(0, 500, 1500));
    ledger.observe(sample(0, 0, 1500));
    assert.equal(ledger.offender(10), undefined);
    ledger.observe(sample(0, 0, 1511));
    assert.equal(ledger.offender(10), 'b');
    assert.equal(ledger.uncountedBytes('b'), 11);
  });

  test('a lone query is charged what is held beyond its start, whatever the way there', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1 }), (steps) => {
        const ledger = new QueryMemoryLedger<string>(sample(0));
        ledger.start('a');
        for (const held of steps) ledger.observe(sample(held));
        const last = steps.at(-1) ?? 0;
        assert.equal(ledger.offender(last + 0.01), undefined);
        if (last > 0) assert.equal(ledger.offender(last - 0.01), 'a');
      }),
    );
  });
});
