/** Judges the persons and custom objects that were read back: every acknowledged version applied, in order. Pure. */
import type { ExpectedObjects, ExpectedRow } from './expected.ts';
import type { Observation, SeenRow } from './observation.ts';

export function judgeRows(expected: ExpectedObjects, seen: Observation): readonly string[] {
  return [...expected.rows].flatMap(([type, rows]) => judgeType(type, rows, seen.rows.get(type) ?? []));
}

function judgeType(type: string, expected: ReadonlyMap<string, ExpectedRow>, seen: readonly SeenRow[]): string[] {
  const faults: string[] = [];
  const found = new Set<string>();
  for (const { key, fields } of seen) {
    const wanted = expected.get(key);
    if (found.has(key)) faults.push(`${type}: ${key} is there twice`);
    found.add(key);
    if (wanted === undefined) faults.push(`${type}: ${key} is an alien row, never accepted`);
    else faults.push(...judgeFields(`${type}: ${key}`, wanted, fields));
  }
  for (const key of expected.keys()) if (!found.has(key)) faults.push(`${type}: ${key} was accepted and is lost`);
  return faults;
}

// A field that nobody sent reads back as null.
function judgeFields(name: string, wanted: ExpectedRow, seen: SeenRow['fields']): readonly string[] {
  return Object.entries(seen)
    .filter(([field, value]) => value !== (wanted[field] ?? null))
    .map(([field, value]) => `${name}: ${field} is ${String(value)} instead of ${String(wanted[field] ?? null)}`);
}
