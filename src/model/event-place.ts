/**
 * Databases and tables of events that were made by name, before their first event.
 * Owns: the shape, which is a disk format. Never: says which tables hold events; the store does.
 */

export interface EventPlace {
  readonly database: string;
  /** Absent: the database itself. */
  readonly table?: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}
