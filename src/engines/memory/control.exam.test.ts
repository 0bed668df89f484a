import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Control } from '#ports/control.ts';
import { CONTROL_EXAM } from '../../../tests/exams/control.exam.ts';
import { createMemoryControl } from './control.ts';

for (const { name, check } of CONTROL_EXAM) {
  test(`memory control: ${name}`, async () => {
    await using control = createMemoryControl();
    await check({ control, [Symbol.asyncDispose]: async () => {} });
  });
}

/** A memory control in which one method is replaced. */
function createFaultyControl(fault: (control: Control) => Partial<Control>): Control {
  const control = createMemoryControl();
  const faulty = fault(control);
  return new Proxy(control, {
    get(target, name: keyof Control) {
      const member = faulty[name] ?? target[name];
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const FAULTS: Readonly<Record<string, (control: Control) => Partial<Control>>> = {
  'loses a partition': () => ({ addPartition: async () => true }),
  'removes clients of any workspace': (control) => ({
    removeClient: async (_workspace, clientId) => {
      const client = control.definitions().clients.get(clientId);
      return client !== undefined && control.removeClient(client.workspace, clientId);
    },
  }),
  'swallows conflicts': (control) => ({ addClient: (client) => control.addClient(client).catch(() => undefined) }),
  'forgets which databases a write key may write': (control) => ({
    addWriteKey: ({ databases: _databases, ...writeKey }) => control.addWriteKey(writeKey),
  }),
  'keeps the draft of an approved type': (control) => ({
    approveCustomObject: (workspace, type) => control.putCustomObject(workspace, type),
  }),
  'counts every REST call once': (control) => ({
    addUsage: (counts, forgetBefore) =>
      control.addUsage(
        counts.map((each) => ({ ...each, count: 1 })),
        forgetBefore,
      ),
  }),
  'forgets the tables of a forgotten database alone': (control) => ({
    removeEventPlaces: (workspace, { database, table = 'clicks' }) =>
      control.removeEventPlaces(workspace, { database, table }),
  }),
  'removes webhooks of any workspace': (control) => ({
    removeWebhook: async (_workspace, id) => {
      const webhook = control.definitions().webhooks.get(id);
      return webhook !== undefined && control.removeWebhook(webhook.workspace, id);
    },
  }),
  'keeps members that a webhook has lost': (control) => ({
    putWebhook: (webhook) => control.putWebhook({ ...control.definitions().webhooks.get(webhook.id), ...webhook }),
  }),
  'keeps every job': (control) => ({ putQueryJob: (job) => control.putQueryJob(job, { jobs: 1e9, createdFrom: 0 }) }),
  'keeps every mark of an import': (control) => ({ putImportMark: (mark) => control.putImportMark(mark, 0) }),
  'remembers every day of REST calls': (control) => ({ addUsage: (counts) => control.addUsage(counts, '') }),
};

for (const [fault, create] of Object.entries(FAULTS)) {
  test(`the control's exam catches an engine that ${fault}`, async () => {
    const failed: string[] = [];
    for (const { name, check } of CONTROL_EXAM) {
      await using control = createFaultyControl(create);
      await check({ control, [Symbol.asyncDispose]: async () => {} }).catch(() => failed.push(name));
    }
    assert.notDeepEqual(failed, []);
  });
}
