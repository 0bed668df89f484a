/** Writes docs/reference/cli.md from the tree of commands. */
import type { Argument, Command, Option } from 'commander';

const INTRODUCTION = `# Command line

Written by \`npm run docs\` from \`src/cli\`. From a clone, \`npm run inlet -- <command>\` runs any of these.

\`serve\` and \`doctor\` work on the machine itself. The others talk to a running server over its HTTP API. They find it by
\`--url\`, then \`INLET_URL\`, then \`server.json\` in the data directory; its admin token by \`--token\`, then
\`INLET_ADMIN_TOKEN\`, then \`credentials.json\` there, which is used only for the server that the directory names. The
workspace is \`--workspace\`, else the one in \`credentials.json\`, else the only one that the server has.

They print a table for people, or JSON with \`--json\`. Results go to stdout, remarks and errors to stderr.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed: the server refused it, a check found a problem, a replayed object failed again, or the server broke |
| 2 | the command line, the environment or the config file is wrong; nothing was started or sent |
| 3 | no server answered |

\`serve\` ends with 0 within 10 seconds of SIGINT or SIGTERM; with 1 when it cannot, or when a second signal comes first.
`;

/** The page as Markdown. */
export function cliReference(program: Command): string {
  return [INTRODUCTION, ...program.commands.map((command) => groupText(command, 'inlet'))].join('\n');
}

function groupText(command: Command, parentName: string): string {
  const name = `${parentName} ${command.name()}`;
  if (command.commands.length === 0) return `## ${name}\n\n${commandText(command, name)}`;
  const parts = command.commands.map(
    (child) => `### ${name} ${child.name()}\n\n${commandText(child, `${name} ${child.name()}`)}`,
  );
  const [first] = command.commands;
  const introduction = `${command.description()}. Without a further word: \`${name} ${first?.name()}\`.\n`;
  return [`## ${name}\n`, introduction, ...parts].join('\n');
}

function commandText(command: Command, name: string): string {
  const words = [name, ...command.registeredArguments.map(argumentText), '[options]'];
  const usage = `\`\`\`\n${words.join(' ')}\n\`\`\`\n\n${command.description()}.\n`;
  // The options of serve have a page of their own.
  if (command.name() === 'serve') return `${usage}\nIts options: [options.md](options.md).\n`;
  const rows = command.options.map(optionRow);
  return `${usage}\n| option | meaning |\n|---|---|\n${rows.join('\n')}\n`;
}

function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionRow({ flags, description, mandatory }: Option): string {
  return `| \`${flags}\` | ${description}${mandatory ? ' (required)' : ''} |`;
}
