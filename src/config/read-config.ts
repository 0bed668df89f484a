/**
 * Reads the configuration: flags before environment before config file before defaults.
 * Owns: the precedence, and that all problems are reported at once.
 * Never: starts anything, or prints a secret.
 */
import { ConfigError, unknownName } from './config-error.ts';
import { readConfigFile } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import { OPTION_TYPES } from './option-types.ts';
import { OPTION_LIST, environmentName, fileKey } from './options.ts';
import type { Config, OptionDefinition } from './options.ts';
import { readSecrets } from './secrets.ts';
import type { Secrets } from './secrets.ts';

export interface ConfigSources {
  /** Values by flag without its dashes, unknown flags included. */
  readonly flags: ReadonlyMap<string, string>;
  /** Words of the command line that belong to no flag; there should be none. */
  readonly operands: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Text of a file; rejects when it cannot be read. */
  readText(path: string): Promise<string>;
}

/** Flag and environment name of the config file itself, which no config file can set. */
export const CONFIG_FLAG = 'config';

/**
 * Environment names that are no options: the admin token, where the client commands find the server,
 * and the crash point of tests (kit/crash-point.ts).
 */
const OTHER_ENVIRONMENT_NAMES = ['INLET_ADMIN_TOKEN', 'INLET_URL', 'INLET_CRASH_POINT'];

/** The configuration and, apart from it, the secrets. Rejects with {@link ConfigError}. */
export async function readConfig(sources: ConfigSources): Promise<{ config: Config; secrets: Secrets }> {
  const problems = [...unknownFlags(sources), ...unknownEnvironment(sources)];
  const path = sources.flags.get(CONFIG_FLAG) ?? (sources.environment[environmentName(CONFIG_FLAG)] || undefined);
  const file = await readConfigFile(path, (name) => sources.readText(name), problems);
  const config = readOptions(sources, file, problems);
  const secrets = readSecrets(sources.environment['INLET_ADMIN_TOKEN'], file, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return { config, secrets };
}

function unknownFlags({ flags, operands }: ConfigSources): string[] {
  const known = [...OPTION_LIST.map(({ flag }) => flag), CONFIG_FLAG].map((flag) => `--${flag}`);
  const unknown = [...flags.keys()].map((flag) => `--${flag}`).filter((flag) => !known.includes(flag));
  return [
    ...unknown.map((flag) => unknownName(flag, 'option', known)),
    ...operands.map((operand) => `${operand}: serve takes options only, such as --port 8080.`),
  ];
}

function unknownEnvironment({ environment }: ConfigSources): string[] {
  const options = [...OPTION_LIST.map(({ flag }) => flag), CONFIG_FLAG].map(environmentName);
  const known = [...options, ...OTHER_ENVIRONMENT_NAMES];
  return Object.keys(environment)
    .filter((name) => name.startsWith('INLET_') && !known.includes(name))
    .map((name) => unknownName(name, 'environment variable', known));
}

function readOptions(sources: ConfigSources, file: ConfigFile, problems: string[]): Config {
  const entries = OPTION_LIST.map((option) => [option.key, readOption(option, { sources, file, problems })]);
  const config = Object.fromEntries(entries) as Config;
  if ((config.tlsCertPath === undefined) !== (config.tlsKeyPath === undefined)) {
    const [given, missing] = config.tlsCertPath === undefined ? ['key', 'cert'] : ['cert', 'key'];
    problems.push(`--tls-${given}: was given without --tls-${missing}; https needs both.`);
  }
  return config;
}

interface Reading {
  readonly sources: ConfigSources;
  readonly file: ConfigFile;
  readonly problems: string[];
}

function readOption(option: OptionDefinition, reading: Reading): unknown {
  const found = findValue(option, reading);
  if (found === undefined) return undefined;
  const parsed = OPTION_TYPES[option.type].parse(found.text, option);
  if ('value' in parsed) return parsed.value;
  reading.problems.push(`${found.name}: is ${JSON.stringify(found.text)}, but must be ${parsed.allowed}.`);
  return undefined;
}

/** A value as text, and the name under which it was given. */
interface FoundValue {
  readonly name: string;
  readonly text: string;
}

function findValue(option: OptionDefinition, { sources, file, problems }: Reading): FoundValue | undefined {
  const flagText = sources.flags.get(option.flag);
  if (flagText !== undefined) return { name: `--${option.flag}`, text: flagText };

  // Containers pass a variable on as empty when it was never set.
  const name = environmentName(option.flag);
  const environmentText = sources.environment[name];
  if (environmentText) return { name, text: environmentText };

  return findInFile(option, file, problems) ?? defaultOf(option);
}

function findInFile(option: OptionDefinition, file: ConfigFile, problems: string[]): FoundValue | undefined {
  const key = fileKey(option.flag);
  if (!file.members.has(key)) return undefined;
  const value = file.members.get(key);
  const name = `${file.path}: ${key}`;
  const types = ['string', ...OPTION_TYPES[option.type].json];
  if (types.includes(typeof value)) return { name, text: String(value) };
  problems.push(`${name}: is ${JSON.stringify(value)}, but must be a JSON ${types.join(' or ')}.`);
  return undefined;
}

function defaultOf(option: OptionDefinition): FoundValue | undefined {
  return option.default === null ? undefined : { name: `default of --${option.flag}`, text: option.default };
}
