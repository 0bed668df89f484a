/**
 * Who may make a call: `Authorization: TD1 <key>` → key, or a refusal.
 * Owns: the order of these checks (laws 7 and 8). Never: reads a body.
 */
import { hash } from 'node:crypto';
import type { WriteKey } from '#model/definitions.ts';
import type { Control } from '#ports/control.ts';
import type { TdCallEntry } from '#protocols/td-rest/calls.ts';
import { tdError } from '#protocols/td-rest/errors.ts';

const REMEDY = 'make one with POST /v1/workspaces/{munchkinId}/write-keys and "access":"full"';

/**
 * The key of a call. Throws a {@link TdError}: 401 without a key or with one that nobody has, 403 for a key that is
 * write-only where full access is needed. The key is looked up by its hash (law 8).
 */
export function keyAtDoor(
  control: Pick<Control, 'definitions'>,
  authorization: string | undefined,
  access: Exclude<TdCallEntry['access'], 'public'>,
): WriteKey {
  const given = /^td1 +(?<key>\S+) *$/iu.exec(authorization ?? '')?.groups?.['key'];
  if (given === undefined) throw tdError('td-401', 'send the header Authorization: TD1 <key>');
  const key = control.definitions().writeKeys.get(hash('sha256', given));
  if (key === undefined) throw tdError('td-401', 'no key has this value');
  if (access === 'write' || key.access === 'full') return key;
  throw tdError('td-403', `this key is write-only, and the call needs one with full access; ${REMEDY}`);
}

/** Whether the key may see and use the database. */
export function mayUse({ databases }: WriteKey, database: string): boolean {
  return databases === undefined || databases.includes(database);
}
