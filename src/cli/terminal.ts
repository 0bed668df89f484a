import type { EventEmitter } from 'node:events';

/** The streams and surroundings of a command, as arguments, so that tests can stand in for them. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Output {
  write(text: string): unknown;
  /** True when a person is likely to read along. */
  readonly isTTY?: boolean;
  /** `drain`: it takes more again; `close`: nobody reads it any more. Absent of an output that takes everything. */
  once?(event: 'drain' | 'close', listener: () => void): unknown;
  off?(event: 'drain' | 'close', listener: () => void): unknown;
}

/** A reader such as `head` may leave before the end of the output: no failure of a command, and no end of a server. */
export function surviveClosedPipe(output: EventEmitter): void {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
