/**
 * Catalogues against their reference pages, in both directions.
 * Owns: where a page names an entry: in the first cell of a table's row, in backticks. Never: knows a catalogue.
 */
import type { Finding } from './finding.ts';

export interface Comparison {
  /** Path of the source that holds the catalogue. */
  readonly source: string;
  readonly names: readonly string[];
  /** Path of the reference page. */
  readonly page: string;
  readonly pageText: string;
  /** What a name of this catalogue looks like: a page may hold tables of other things too. */
  readonly form: RegExp;
}

/** Entries that the page lacks, names that it invents, and what either has twice. */
export function compareCatalogue({ source, names, page, pageText, form }: Comparison): readonly Finding[] {
  const documented = documentedNames(pageText).filter((name) => form.test(name));
  const missing = names.filter((name) => !documented.includes(name));
  const invented = documented.filter((name) => !names.includes(name));
  return [
    ...missing.map((name) => ({ where: page, message: `${name} of ${source} is missing: give it a row` })),
    ...invented.map((name) => ({ where: page, message: `${name} is not in ${source}: take its row away` })),
    ...repeated(names).map((name) => ({ where: source, message: `${name} stands there twice` })),
    ...repeated(documented).map((name) => ({ where: page, message: `${name} stands there twice` })),
  ];
}

/** What stands in backticks in the first cell of each row of every table, in order. */
export function documentedNames(pageText: string): readonly string[] {
  return [...pageText.matchAll(/^\|\s*`([^`\n]+)`\s*\|/gm)].map((match) => match[1] ?? '');
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
