import type { ExitCode } from './exit-codes.ts';
import type { ServeParts } from './serve.ts';

/** What every command is given. */
export interface CommandParts extends ServeParts {
  /** Text of standard input, to its end. */
  readStdin(): Promise<string>;
  /** Sets the exit code; without it a command that returns has succeeded. */
  finish(exitCode: ExitCode): void;
}
