/**
 * The frame around every command that talks to a running server.
 * Owns: the flags that all of them have, and the choice between text for people and JSON for machines.
 * Never: knows a particular route.
 */
import { Command, Option } from 'commander';

import type { ApiClient } from './api-client.ts';
import type { CommandParts } from './command-parts.ts';
import { connect } from './connection.ts';
import { CommandError, EXIT_CODES } from './exit-codes.ts';
import { ProgressLine } from './progress-line.ts';
import { OPTION_TYPES } from '#config/option-types.ts';
import { fileKey } from '#config/options.ts';

/** `inlet clients …`: commands about one kind of thing. The first is meant when none is named. */
export interface ClientGroup {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly ClientCommand[];
}

export interface ClientCommand {
  /** The name and its operands, such as `show <requestId>`. */
  readonly usage: string;
  readonly description: string;
  readonly flags?: readonly ClientFlag[];
  run(call: ClientCall): Promise<ClientAnswer>;
}

export interface ClientFlag {
  /** Without its dashes. */
  readonly name: string;
  /** Stands for the value; absent: the flag is a switch and has none. */
  readonly placeholder?: string;
  readonly help: string;
  readonly required?: true;
  /** May be given more than once. */
  readonly many?: true;
}

/** One use of a command. */
export interface ClientCall {
  readonly api: ApiClient;
  /** `/v1/workspaces/{munchkinId}`. */
  readonly workspacePath: string;
  readonly operands: readonly string[];
  flag(name: string): string | undefined;
  flags(name: string): readonly string[];
  /** Whether a switch was given. */
  isSet(name: string): boolean;
  readStdin(): Promise<string>;
  /** For people who wait; gone before the answer is printed. */
  readonly progress: ProgressLine;
}

export interface ClientAnswer {
  /** For `--json`. */
  readonly json: unknown;
  /** For people, with its last line feed. */
  readonly text: string;
  /** A remark for people, on stderr. */
  readonly note?: string;
  /** The command was carried out, and not everything went well: exit code 1. */
  readonly failed?: true;
}

const COMMON_FLAGS: readonly ClientFlag[] = [
  { name: 'url', placeholder: 'URL', help: 'the server (INLET_URL; else what the data directory says)' },
  {
    name: 'token',
    placeholder: 'TOKEN',
    help: 'its admin token (INLET_ADMIN_TOKEN; else what the data directory says)',
  },
  { name: 'workspace', placeholder: 'MUNCHKIN_ID', help: 'the workspace (else the first start’s, or the only one)' },
  { name: 'data', placeholder: 'DIR', help: 'the data directory (INLET_DATA; else ./inlet-data)' },
];

/** Bounds a list; 100 unless given. */
export const LIMIT_FLAG: ClientFlag = { name: 'limit', placeholder: 'N', help: 'most rows (default: 100)' };

export function addClientGroup(program: Command, group: ClientGroup, parts: CommandParts): void {
  const parent = program.command(group.name).description(group.description).helpCommand(false);
  for (const [index, command] of group.commands.entries()) {
    parent.addCommand(clientCommand(parent, command, parts), { isDefault: index === 0 });
  }
}

/** A command that stands alone, such as `sql`. */
export function addClientCommand(program: Command, command: ClientCommand, parts: CommandParts): void {
  program.addCommand(clientCommand(program, command, parts));
}

function clientCommand(parent: Command, definition: ClientCommand, parts: CommandParts): Command {
  const [name = '', ...operands] = definition.usage.split(' ');
  const command = new Command(name).copyInheritedSettings(parent).description(definition.description);
  for (const operand of operands) command.argument(operand);
  for (const flag of [...(definition.flags ?? []), ...COMMON_FLAGS]) command.addOption(optionOf(flag));
  command.option('--json', 'print JSON');
  return command.action(async () => {
    const values = command.opts<Record<string, string | string[] | undefined>>();
    const connection = await connect(values as Record<string, string>, parts.terminal.environment);
    using progress = new ProgressLine(parts.terminal.stderr);
    const answer = await definition.run({
      ...connection,
      operands: command.args,
      flag: (flag) => values[fileKey(flag)] as string | undefined,
      flags: (flag) => (values[fileKey(flag)] ?? []) as readonly string[],
      isSet: (flag) => values[fileKey(flag)] !== undefined,
      readStdin: () => parts.readStdin(),
      progress,
    });
    progress.clear();
    printAnswer(answer, values['json'] !== undefined, parts);
    if (answer.failed === true) parts.finish(EXIT_CODES.failed);
  });
}

function optionOf({ name, placeholder, help, required, many }: ClientFlag): Option {
  const words = placeholder === undefined ? `--${name}` : `--${name} <${placeholder}>`;
  const option = new Option(words, help).makeOptionMandatory(required === true);
  return many ? option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]) : option;
}

function printAnswer(answer: ClientAnswer, asJson: boolean, { terminal }: CommandParts): void {
  terminal.stdout.write(asJson ? `${JSON.stringify(answer.json, undefined, 2)}\n` : answer.text);
  if (!asJson && answer.note !== undefined) terminal.stderr.write(`${answer.note}\n`);
}

/** The value of a flag that takes a whole number, or `fallback`. */
export function countFlag(call: ClientCall, name: string, fallback: number): number {
  const text = call.flag(name);
  return text === undefined ? fallback : checked(name, OPTION_TYPES.integer.parse(text, { minimum: '1' }));
}

/** The value of a flag that takes a duration, in milliseconds. */
export function durationFlag(call: ClientCall, name: string): number | undefined {
  const text = call.flag(name);
  return text === undefined ? undefined : checked(name, OPTION_TYPES.duration.parse(text, { minimum: '1ms' }));
}

function checked(name: string, parsed: { readonly value: number } | { readonly allowed: string }): number {
  if ('value' in parsed) return parsed.value;
  throw new CommandError(EXIT_CODES.usage, `--${name} must be ${parsed.allowed}.`);
}
