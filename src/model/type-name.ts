/**
 * What requests, failures and SQL call the type of an object.
 * Owns: the three forms. Never: checks that there is such a type.
 */
import type { Envelope } from './entry.ts';
import type { ObjectSettings } from './object-settings.ts';

/** `persons`, the API name of a custom object type, or `database.table`; `unknown` of what holds no objects. */
export function typeNameOf(named: Envelope | ObjectSettings): string {
  switch (named.kind) {
    case 'person':
      return 'persons';
    case 'customObject':
      return named.apiName;
    case 'event':
      return `${named.database}.${named.table}`;
    case 'replay':
      return named.type;
    // A command, or what a newer version wrote.
    default:
      return 'unknown';
  }
}
