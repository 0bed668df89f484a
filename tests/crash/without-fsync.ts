/**
 * A server that breaks law 1 on purpose: it answers after a commit without fsync.
 * Owns: nothing. Never: is what users start; it is there to be caught.
 */
import { runCli } from '#cli/program.ts';
import { composeServer } from '../../src/compose.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  version: '0.0.0',
  terminal: { stdout: process.stdout, stderr: process.stderr, environment: process.env },
  signals: process,
  readStdin: async () => '',
  startServer: (config, secrets, keep) => composeServer(config, secrets, { keep, synchronous: 'OFF' }),
});
