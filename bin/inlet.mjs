#!/usr/bin/env node
/**
 * Starts Inlet where the runtime can run it, and else says what to do.
 * Owns: nothing. Never: reads arguments; src/main.ts does.
 */
import { runtimeProblem } from './runtime-problem.mjs';

const problem = runtimeProblem(process.version);
if (problem === undefined) {
  await import('../src/main.ts');
} else {
  console.error(problem);
  process.exitCode = 1;
}
