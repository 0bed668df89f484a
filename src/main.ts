/**
 * The process behind `inlet`: its arguments, streams and signals become a command, its result the exit code.
 * Owns: the process. Never: decides anything else.
 */
import { text } from 'node:stream/consumers';

import { runCli } from '#cli/program.ts';
import { surviveClosedPipe } from '#cli/terminal.ts';

import manifest from '../package.json' with { type: 'json' };

surviveClosedPipe(process.stdout);
surviveClosedPipe(process.stderr);

// Law 8: what the server and its store process write is their owner's alone, whatever the shell's mask says.
process.umask(0o077);

const exitCode = await runCli(process.argv.slice(2), {
  version: manifest.version,
  terminal: { stdout: process.stdout, stderr: process.stderr, environment: process.env },
  signals: process,
  readStdin: () => text(process.stdin),
  // Loaded only when a server starts, so that the other commands need not wait for the engines.
  startServer: async (config, secrets, keep) => (await import('./compose.ts')).composeServer(config, secrets, { keep }),
});

// A server that did not stop in time still has work in hand, which must not keep the process.
process.exit(exitCode);
