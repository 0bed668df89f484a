/**
 * What the exam of control works with: subjects, clauses, and one of each definition.
 * Owns: the words of the exam. Never: checks anything.
 */
import type { Client, WriteKey } from '#model/definitions.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import type { Webhook } from '#model/webhook.ts';
import type { MunchkinId } from '#model/words.ts';
import type { Control } from '#ports/control.ts';

/** A new control with nothing defined. Disposing it removes what it left on disk. */
export interface ControlSubject extends AsyncDisposable {
  readonly control: Control;
  /** Closes the control and opens it again; absent where nothing outlives the process. */
  readonly reopen?: () => Promise<ControlSubject>;
  /** A second control on the same definitions, as another process has it; absent where there can be none. */
  readonly openSecond?: () => Promise<Control>;
}

export interface ControlClause {
  readonly name: string;
  readonly check: (subject: ControlSubject) => Promise<void>;
}

export const ALPHA: MunchkinId = '111-AAA-111' as MunchkinId;
export const BETA: MunchkinId = '222-BBB-222' as MunchkinId;

export const CLIENT: Client = {
  clientId: 'client-1',
  workspace: ALPHA,
  name: 'Loader Ünïcode 🗝',
  permissions: ['Read-Write Lead', 'Read-Write Custom Object'],
  secretHash: 'a'.repeat(64),
  createdAt: 1_795_000_000_000,
};
export const WRITE_KEY: WriteKey = {
  id: 'key-1',
  workspace: ALPHA,
  name: 'web',
  access: 'write-only',
  keyHash: 'b'.repeat(64),
  createdAt: 1_795_000_000_001,
};
export const WEBHOOK: Webhook = {
  id: '0199aa00-0000-7000-8000-000000000001',
  workspace: ALPHA,
  url: 'https://example.com/hook?team=ü',
  types: ['results'],
  delivery: 'batch',
  enabled: true,
  createdAt: 1_795_000_000_002,
  updatedAt: 1_795_000_000_003,
};
export const FIELD: FieldDefinition = { name: 'shoeSize', displayName: 'Shoe size', dataType: 'integer', custom: true };
export const TYPE: CustomObjectType = {
  apiName: 'carPurchases',
  displayName: 'Car purchases',
  fields: [{ name: 'vin', displayName: 'VIN', dataType: 'string', length: 36 }],
  dedupeFields: ['vin'],
  link: { field: 'email', personField: 'email' },
};

export async function withWorkspaces({ control }: ControlSubject): Promise<Control> {
  await control.createWorkspace(ALPHA, 1);
  await control.createWorkspace(BETA, 2);
  return control;
}

export async function defineOneOfEach(control: Control): Promise<void> {
  await control.addClient(CLIENT);
  await control.recordTokenIssue(CLIENT.clientId, 1_795_000_123);
  await control.addWriteKey({ ...WRITE_KEY, databases: ['test_db', 'other'] });
  await control.putWebhook(WEBHOOK);
  await control.addAdminToken('c'.repeat(64), '*');
  await control.addAdminToken('d'.repeat(64), ALPHA);
  await control.addPartition(ALPHA, 'EMEA');
  await control.putPersonField(ALPHA, FIELD);
  await control.putCustomObject(ALPHA, TYPE);
}
