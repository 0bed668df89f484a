/** Writes docs/reference/options.md from the table of options. */
import { OPTION_TYPES } from '#config/option-types.ts';
import type { OptionTypeName } from '#config/option-types.ts';
import { OPTION_LIST, environmentName, fileKey } from '#config/options.ts';
import type { OptionDefinition } from '#config/options.ts';
import { DEFAULT_PERMISSIONS, PERMISSION_NAMES } from '#model/permissions.ts';

const INTRODUCTION = `# Options

Written by \`npm run docs\` from \`src/config/options.ts\`.

Each option of \`inlet serve\` can be given as a flag, as an environment variable, or as a key of a JSON file named by
\`--config FILE\` (or \`INLET_CONFIG\`). The flag counts before the environment, the environment before the file, the file
before the default. An environment variable that is set but empty counts as not set.

An unknown flag, an unknown variable that begins with \`INLET_\`, an unknown key and a bad value are errors. All of them
are reported together, before anything starts, and the exit code is 2.
`;

const SECRETS = `## Secrets

\`INLET_ADMIN_TOKEN\`, or a \`bootstrap\` section in the config file, gives secrets that the first start would otherwise make,
which is what containers need. What exists already stays as it is, so the same section may be given at every start.
Of an admin token given in both places the environment's counts. None of these values is ever printed.

\`\`\`json
{
  "port": 8080,
  "bootstrap": {
    "adminToken": "…",
    "workspaces": [
      {
        "munchkinId": "123-ABC-456",
        "clients": [{ "clientId": "…", "clientSecret": "…", "permissions": ["Read-Write Lead"] }],
        "writeKeys": [{ "writeKey": "…", "databases": ["test_db"], "access": "write-only" }]
      }
    ]
  }
}
\`\`\`

| member | meaning |
|---|---|
| \`adminToken\` | opens everything; the characters that RFC 6750 allows in a bearer token. Must be given with \`workspaces\`, here or in the environment |
| \`munchkinId\` | names the workspace: three digits, three capitals, three digits |
| \`permissions\` | any of ${named(PERMISSION_NAMES)}; ${named(DEFAULT_PERMISSIONS)} unless given. Person is another word for Lead |
| \`databases\` | where the key may write; every database unless given |
| \`access\` | \`write-only\` unless given, or \`full\` |
| \`name\` | of a client or write key, for people; optional |

The environment also knows \`INLET_URL\`, which only the client commands read, and \`INLET_CRASH_POINT\`, with which tests
end the server at a named instant.
`;

function named(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** The page as Markdown. */
export function optionsReference(): string {
  const rows = OPTION_LIST.map(optionRow);
  const table = ['| flag | environment | file key | type | default | meaning |', '|---|---|---|---|---|---|', ...rows];
  return [INTRODUCTION, `${table.join('\n')}\n`, notations(), SECRETS].join('\n');
}

function optionRow(option: OptionDefinition): string {
  const names = [`--${option.flag}`, environmentName(option.flag), fileKey(option.flag)].map(code);
  const byDefault = option.default === null ? 'none' : code(option.default);
  return `| ${[...names, typeText(option), byDefault, option.help].join(' | ')} |`;
}

function typeText({ type, choices, minimum, maximum }: OptionDefinition): string {
  if (choices !== undefined) return `one of ${choices.split('|').map(code).join(', ')}`;
  const bounds = [minimum && `from ${code(minimum)}`, maximum && `to ${code(maximum)}`].filter(Boolean);
  return [type, ...bounds].join(' ');
}

function notations(): string {
  const types = [...new Set(OPTION_LIST.map(({ type }) => type))].filter((type) => type !== 'enum');
  const rows = types.map((type: OptionTypeName) => `| ${type} | ${OPTION_TYPES[type].notation} |`);
  return `## Types\n\n| type | how it is written |\n|---|---|\n${rows.join('\n')}\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}
