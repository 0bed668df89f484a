/**
 * The frame around every command that talks to a running server.
 * Owns: the flags that all of them have, and the choice between text for people and JSON for machines.
 * Never: knows a particular route.
 */
import { Command, Option } from 'commander';

import type { ApiClient } from './api-client.ts';
import type { CommandParts } from './command-parts.ts';
import { connect } from './connection.ts';
import type { ConnectionFlags } from './connection.ts';
import { CommandError, EXIT_CODES } from './exit-codes.ts';
import { openFollowing } from './following.ts';
import type { Following } from './following.ts';
import { ProgressLine } from './progress-line.ts';
import { OPTION_TYPES } from '#config/option-types.ts';
import { fileKey } from '#config/options.ts';

/** `inlet clients …`: commands about one kind of thing. The first is meant when none is named. */
export interface ClientGroup {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly ClientCommand[];
}

interface CommandWords {
  /** The name and its operands, such as `show <requestId>`. */
  readonly usage: string;
  readonly description: string;
  readonly flags?: readonly ClientFlag[];
}

export interface ClientCommand extends CommandWords {
  /** It is about the whole server, and needs no workspace. */
  readonly scope?: 'server';
  run(call: ClientCall): Promise<ClientAnswer>;
}

/** A command that prints as it goes, until it is told to stop; then it has succeeded. */
export interface FollowingCommand extends CommandWords {
  follow(call: FollowCall): Promise<void>;
}

export interface FollowCall extends ClientCall, Omit<Following, typeof Symbol.dispose> {
  /** One JSON text per line is wanted. */
  readonly asJson: boolean;
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
  /** `/v1/workspaces/{munchkinId}`; empty for a command about the whole server of which none was named. */
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
export function addClientCommand(
  program: Command,
  command: ClientCommand | FollowingCommand,
  parts: CommandParts,
): void {
  program.addCommand(clientCommand(program, command, parts));
}

function clientCommand(parent: Command, definition: ClientCommand | FollowingCommand, parts: CommandParts): Command {
  const [name = '', ...operands] = definition.usage.split(' ');
  const command = new Command(name).copyInheritedSettings(parent).description(definition.description);
  for (const operand of operands) command.argument(operand);
  for (const flag of [...(definition.flags ?? []), ...COMMON_FLAGS]) command.addOption(optionOf(flag));
  const json = 'follow' in definition ? 'print one JSON text per line' : 'print JSON';
  command.option('--json', json);
  return command.action(async () => {
    const values = command.opts<FlagValues>();
    const needsWorkspace = 'follow' in definition || definition.scope !== 'server';
    const flags = { ...(values as ConnectionFlags), needsWorkspace };
    const connection = await connect(flags, parts.terminal.environment);
    using progress = new ProgressLine(parts.terminal.stderr);
    const call = { ...connection, ...callOf(command.args, values), readStdin: () => parts.readStdin(), progress };
    const asJson = values['json'] !== undefined;
    if ('follow' in definition) {
      await followed(definition, { ...call, asJson }, parts);
      return;
    }
    const answer = await definition.run(call);
    progress.clear();
    printAnswer(answer, asJson, parts);
    if (answer.failed === true) parts.finish(EXIT_CODES.failed);
  });
}

type FlagValues = Record<string, string | string[] | undefined>;

function callOf(
  operands: readonly string[],
  values: FlagValues,
): Pick<ClientCall, 'operands' | 'flag' | 'flags' | 'isSet'> {
  return {
    operands,
    flag: (flag) => values[fileKey(flag)] as string | undefined,
    flags: (flag) => (values[fileKey(flag)] ?? []) as readonly string[],
    isSet: (flag) => values[fileKey(flag)] !== undefined,
  };
}

async function followed(
  command: FollowingCommand,
  call: ClientCall & Pick<FollowCall, 'asJson'>,
  parts: CommandParts,
): Promise<void> {
  using following = openFollowing(parts);
  try {
    await command.follow({ ...call, ...following });
  } catch (error) {
    if (!following.stopped.aborted) throw error;
  }
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
