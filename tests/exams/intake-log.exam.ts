/**
 * The exam of the intake log: each clause of src/ports/intake-log.ts as a check that any engine can be put to.
 * Owns: the list. Never: knows an engine.
 *
 * Engines prove with it what a log alone can: law 1 (answered means kept), its side of law 2 (totals), order within a
 * lane (law 4), the walls between workspaces (law 7), and bodies and envelopes that come back equal (law 10).
 */
import { APPENDING_CLAUSES } from './intake-log/appending.ts';
import { CLOSING_CLAUSES, COUNTING_CLAUSES } from './intake-log/keeping.ts';
import { READING_CLAUSES } from './intake-log/reading.ts';
import { RETENTION_CLAUSES } from './intake-log/retention.ts';
import type { IntakeLogClause } from './intake-log/subject.ts';

/** Every clause, each to be checked on a log of its own. */
export const INTAKE_LOG_EXAM: readonly IntakeLogClause[] = [
  ...APPENDING_CLAUSES,
  ...READING_CLAUSES,
  ...COUNTING_CLAUSES,
  ...RETENTION_CLAUSES,
  ...CLOSING_CLAUSES,
];
