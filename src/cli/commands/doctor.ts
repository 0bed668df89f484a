import type { Command } from 'commander';

import type { CommandParts } from '#cli/command-parts.ts';
import { checkDirectory } from '#cli/directory-checks.ts';
import { EXIT_CODES } from '#cli/exit-codes.ts';
import { tableText } from '#cli/table.ts';
import { OPTIONS } from '#config/options.ts';

/** Adds `doctor`, which looks at the data directory itself and needs no server. */
export function addDoctorCommand(program: Command, parts: CommandParts): void {
  program
    .command('doctor')
    .description('Check the data directory of this machine; exit code 1 when there is a problem')
    .option('--data <DIR>', `the data directory (INLET_DATA; else ${OPTIONS.dataDirectory.default})`)
    .option('--json', 'print JSON')
    .action(async ({ data, json }: { readonly data?: string; readonly json?: true }) => {
      const { environment, stdout } = parts.terminal;
      const findings = await checkDirectory(data ?? (environment['INLET_DATA'] || OPTIONS.dataDirectory.default));
      const rows = findings.map(({ check, state, message }) => [check, state, message]);
      stdout.write(
        json ? `${JSON.stringify(findings, undefined, 2)}\n` : tableText(['check', 'state', 'finding'], rows),
      );
      if (findings.some(({ state }) => state === 'problem')) parts.finish(EXIT_CODES.failed);
    });
}
