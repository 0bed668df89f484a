import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deliveries } from '#ports/deliveries.ts';
import { DELIVERIES_EXAM } from '../../../tests/exams/deliveries.exam.ts';
import { createMemoryDeliveries } from './deliveries.ts';

const nothingToClose = async (): Promise<void> => {};

for (const { name, check } of DELIVERIES_EXAM) {
  test(`memory deliveries: ${name}`, () =>
    check({ deliveries: createMemoryDeliveries(), [Symbol.asyncDispose]: nothingToClose }));
}

const FAULTS: Readonly<Record<string, (deliveries: Deliveries) => Partial<Deliveries>>> = {
  'ends no delivery': (deliveries) => ({ commit: ({ ended: _ended, ...change }) => deliveries.commit(change) }),
  'loses a delivery that waits for another try': (deliveries) => ({
    commit: ({ pending = [], ...change }) =>
      deliveries.commit({ ...change, pending: pending.filter(({ attempts }) => attempts === 0) }),
  }),
  'keeps no traces of failures': (deliveries) => ({
    commit: ({ traces = [], ...change }) =>
      deliveries.commit({ ...change, traces: traces.filter(({ succeeded }) => succeeded) }),
  }),
  'shows traces oldest first': (deliveries) => ({
    traces: async (...call) => (await deliveries.traces(...call)).toReversed(),
  }),
  'forgets no webhook': () => ({ keepOnly: nothingToClose }),
  'forgets not the webhook that is named': () => ({ forget: nothingToClose }),
};

for (const [fault, plant] of Object.entries(FAULTS)) {
  test(`the exam of deliveries catches an engine that ${fault}`, async () => {
    let failed = 0;
    for (const { check } of DELIVERIES_EXAM) {
      const good = createMemoryDeliveries();
      const deliveries = new Proxy(good, {
        get(target, name: keyof Deliveries) {
          const member = plant(good)[name] ?? target[name];
          return typeof member === 'function' ? member.bind(target) : member;
        },
      });
      await check({ deliveries, [Symbol.asyncDispose]: nothingToClose }).catch(() => (failed += 1));
    }
    assert.ok(failed > 0);
  });
}
