import { readFile } from 'node:fs/promises';

import { Option } from 'commander';
import type { Command } from 'commander';

import type { CommandParts } from './command-parts.ts';
import { serve } from './serve.ts';
import { OPTION_TYPES } from '#config/option-types.ts';
import { OPTION_LIST, fileKey } from '#config/options.ts';
import type { OptionDefinition } from '#config/options.ts';
import { CONFIG_FLAG, readConfig } from '#config/read-config.ts';

/** Adds `serve`, with a flag for every option of the table. */
export function addServeCommand(program: Command, parts: CommandParts): void {
  const command = program
    .command('serve')
    .description('Start the server')
    .addHelpText('after', '\nEvery flag has an environment variable: --max-columns is INLET_MAX_COLUMNS.')
    // Unknown flags are reported by the configuration, together with everything else that is wrong.
    .allowUnknownOption()
    .allowExcessArguments();
  for (const option of OPTION_LIST) command.addOption(flagOf(option));
  command.option(`--${CONFIG_FLAG} <FILE>`, 'JSON file with any of these options, such as {"maxColumns": 100}');

  command.action(async () => {
    const { environment } = parts.terminal;
    const given = { ...givenFlags(command), environment, readText: (path: string) => readFile(path, 'utf8') };
    const { config, secrets } = await readConfig(given);
    parts.finish(await serve(config, secrets, parts));
  });
}

function flagOf(option: OptionDefinition): Option {
  const placeholder = option.choices ?? OPTION_TYPES[option.type].placeholder;
  const isBoolean = option.type === 'boolean';
  const value = isBoolean ? `[${placeholder}]` : `<${placeholder}>`;
  return new Option(`--${option.flag} ${value}`, helpOf(option));
}

function helpOf({ help, default: byDefault }: OptionDefinition): string {
  return byDefault === null ? help : `${help} (default: ${byDefault})`;
}

interface GivenFlags {
  readonly flags: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
}

/** Known flags as commander parsed them, and the unknown ones from what it left over, with the words after them. */
function givenFlags(command: Command): GivenFlags {
  const flags = new Map<string, string>();
  const values = command.opts<Record<string, string | true>>();
  for (const flag of [...OPTION_LIST.map((option) => option.flag), CONFIG_FLAG]) {
    const value = values[fileKey(flag)];
    if (value !== undefined) flags.set(flag, String(value));
  }
  const operands: string[] = [];
  let afterUnknown = false;
  for (const word of command.args) {
    const [, unknown] = /^-+([^=]+)/u.exec(word) ?? [];
    if (unknown !== undefined) flags.set(unknown, '');
    else if (!afterUnknown) operands.push(word);
    afterUnknown = unknown !== undefined && !word.includes('=');
  }
  return { flags, operands };
}
