/** What the exit code of `inlet` tells a script. */
export const EXIT_CODES = {
  ok: 0,
  /** The command was understood and failed: the server refused it, not all of it went well, the server broke. */
  failed: 1,
  /** The command line, the environment or the config file is wrong; nothing was started or sent. */
  usage: 2,
  /** No server answered. */
  unreachable: 3,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** Ends a command with a message for people and an exit code for scripts. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
