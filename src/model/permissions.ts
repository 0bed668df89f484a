/**
 * The names that permissions go by.
 * Owns: their other names, and what a client has that nobody gave any. Never: says which call needs which.
 */
import { PERMISSIONS } from './definitions.ts';
import type { Permission } from './definitions.ts';

/** What a client is given unless its maker says otherwise: all that the Data Ingestion API asks for. */
export const DEFAULT_PERMISSIONS: readonly Permission[] = ['Read-Write Lead', 'Read-Write Custom Object'];

export type PermissionName = Permission | 'Read-Only Person' | 'Read-Write Person';

/** The newer documentation says Person where the older says Lead, and means the same. */
const OTHER_NAMES: ReadonlyMap<PermissionName, Permission> = new Map([
  ['Read-Only Person', 'Read-Only Lead'],
  ['Read-Write Person', 'Read-Write Lead'],
]);

/** Every name that a permission may be given by. */
export const PERMISSION_NAMES: readonly PermissionName[] = [...PERMISSIONS, ...OTHER_NAMES.keys()];

/** The permission of this name, as it is stored and shown. */
export function permissionOf(name: PermissionName): Permission {
  return OTHER_NAMES.get(name) ?? (name as Permission);
}
