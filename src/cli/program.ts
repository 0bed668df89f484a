/**
 * The command line: `inlet serve` and the commands that talk to a running server.
 * Owns: the list of commands, and that every end has its exit code.
 * Never: starts a server itself, or ends the process.
 */
import { Command, CommanderError } from 'commander';

import { addClientCommand, addClientGroup } from './client-command.ts';
import type { CommandParts } from './command-parts.ts';
import { CLIENTS_GROUP } from './commands/clients.ts';
import { CONSERVATION_COMMAND } from './commands/conservation.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { FIELDS_GROUP } from './commands/fields.ts';
import { HISTORY_COMMAND } from './commands/history.ts';
import { KEYS_GROUP } from './commands/keys.ts';
import { OBJECTS_GROUP } from './commands/objects.ts';
import { QUARANTINE_GROUP } from './commands/quarantine.ts';
import { REPLAY_COMMAND } from './commands/replay.ts';
import { REQUESTS_GROUP } from './commands/requests.ts';
import { SQL_COMMAND } from './commands/sql.ts';
import { TAIL_COMMAND } from './commands/tail.ts';
import { WEBHOOKS_GROUP } from './commands/webhooks.ts';
import { CommandError, EXIT_CODES } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { addServeCommand } from './serve-command.ts';
import { ConfigError } from '#config/config-error.ts';

/** What a run is given; tests stand in for all of it. */
export interface CliParts extends Omit<CommandParts, 'finish'> {
  readonly version: string;
}

/** Runs one command line, without `node` and script, and resolves with its exit code. Never rejects. */
export async function runCli(words: readonly string[], parts: CliParts): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.ok;
  const finish = (code: ExitCode): void => {
    exitCode = code;
  };
  try {
    await buildProgram({ ...parts, finish }).parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    return endWith(error, parts);
  }
}

/** The whole tree of commands, also for the reference page. */
export function buildProgram(parts: CommandParts & { readonly version: string }): Command {
  const { stdout, stderr } = parts.terminal;
  const program = new Command('inlet')
    .description('Self-hosted customer-data ingestion')
    .version(parts.version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
  addServeCommand(program, parts);
  addClientCommand(program, SQL_COMMAND, parts);
  for (const group of [REQUESTS_GROUP, QUARANTINE_GROUP]) addClientGroup(program, group, parts);
  const fates = [REPLAY_COMMAND, HISTORY_COMMAND, TAIL_COMMAND, CONSERVATION_COMMAND];
  for (const command of fates) addClientCommand(program, command, parts);
  const definitions = [CLIENTS_GROUP, KEYS_GROUP, FIELDS_GROUP, OBJECTS_GROUP, WEBHOOKS_GROUP];
  for (const group of definitions) addClientGroup(program, group, parts);
  addDoctorCommand(program, parts);
  return program;
}

function endWith(error: unknown, { terminal }: CliParts): ExitCode {
  // Commander has printed its message already; help and version end this way too, with exit code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
  if (error instanceof ConfigError) {
    const problems = error.problems.map((problem) => `  ${problem}\n`).join('');
    terminal.stderr.write(`inlet: the configuration is wrong, nothing was started\n${problems}`);
    return EXIT_CODES.usage;
  }
  terminal.stderr.write(`inlet: ${messageOf(error)}\n`);
  return error instanceof CommandError ? error.exitCode : EXIT_CODES.failed;
}

/** The message and those of its causes, without a stack. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
}
