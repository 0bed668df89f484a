/** What a house rule found, and how a test tells it. */
import assert from 'node:assert/strict';

export interface Finding {
  /** Relative to the repository's root, with a line where there is one: `src/kit/assert.ts:12`. */
  readonly where: string;
  /** What is wrong and how to mend it. */
  readonly message: string;
}

/** Fails with all findings, one a line. */
export function assertClean(findings: readonly Finding[]): void {
  const lines = findings.map(({ where, message }) => `  ${where}  ${message}`);
  assert.equal(findings.length, 0, `${findings.length} against the house rules:\n${lines.join('\n')}`);
}

/** Line of the character at `index`, counted from 1. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
