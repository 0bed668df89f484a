import { cliReference } from './cli-reference.ts';
import { optionsReference } from './options-reference.ts';
import { buildProgram } from './program.ts';

export interface ReferencePage {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** The pages that are written from the tables of this room and of config. */
export function referencePages(): readonly ReferencePage[] {
  const silent = { write: () => undefined };
  const unused = (): never => {
    throw new Error('a reference page runs no command');
  };
  const program = buildProgram({
    version: '',
    terminal: { stdout: silent, stderr: silent, environment: {} },
    signals: { on: unused, off: unused },
    startServer: unused,
    readStdin: unused,
    finish: unused,
  });
  return [
    { path: 'docs/reference/options.md', text: optionsReference() },
    { path: 'docs/reference/cli.md', text: cliReference(program) },
  ];
}
