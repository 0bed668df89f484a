/**
 * What commands that print as they go are given: an output that is not overrun, and the moment at which to stop.
 * Owns: signals while such a command runs. Never: decides what is printed.
 */
import type { CommandParts } from './command-parts.ts';
import type { Output } from './terminal.ts';

export interface Following extends Disposable {
  /** Aborts when the command is to end: on Ctrl-C, or when nobody reads its output any more. */
  readonly stopped: AbortSignal;
  /** To stdout; resolves once it takes more (law 6), or the command is to end. */
  print(text: string): Promise<void>;
  /** To stderr, with a line feed. */
  remark(text: string): void;
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function openFollowing({ terminal, signals }: Pick<CommandParts, 'terminal' | 'signals'>): Following {
  const stop = new AbortController();
  const listener = (): void => stop.abort();
  for (const signal of STOP_SIGNALS) signals.on(signal, listener);
  terminal.stdout.once?.('close', listener);
  return {
    stopped: stop.signal,
    print: (text) => printed(terminal.stdout, text, stop.signal),
    remark: (text) => void terminal.stderr.write(`${text}\n`),
    [Symbol.dispose]: () => {
      for (const signal of STOP_SIGNALS) signals.off(signal, listener);
      terminal.stdout.off?.('close', listener);
    },
  };
}

async function printed(output: Output, text: string, stopped: AbortSignal): Promise<void> {
  if (output.write(text) !== false || output.once === undefined || stopped.aborted) return;
  const drained = Promise.withResolvers<void>();
  const listener = (): void => drained.resolve();
  output.once('drain', listener);
  stopped.addEventListener('abort', listener, { once: true });
  await drained.promise;
  output.off?.('drain', listener);
  stopped.removeEventListener('abort', listener);
}
