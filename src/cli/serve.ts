/**
 * `inlet serve`: starts the server, greets, and stops it when it is told to.
 * Owns: signals, the exit code, and the files that a start writes for people.
 * Never: knows what a server is made of; `startServer` does.
 */
import { bannerText } from './banner.ts';
import type { BannerStyle } from './banner.ts';
import { writeCredentials, writeServerFile } from './data-directory-files.ts';
import type { Credentials } from './data-directory-files.ts';
import { EXIT_CODES } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';
import type { Config } from '#config/options.ts';
import type { Secrets } from '#config/secrets.ts';

export interface RunningServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Of the first start only. */
  readonly credentials?: Credentials;
  /** Resolves when the server cannot go on; it must be closed then. */
  readonly failed: Promise<Error>;
  /** Stops accepting, answers what is in flight, makes it durable. */
  close(): Promise<void>;
}

/**
 * Resolves once the server is open for traffic, with its data directory made and locked. At a first start `keep` is
 * given the secrets before the server stores their hashes: a crash in between leaves secrets without a workspace,
 * never a workspace without secrets.
 */
export type StartServer = (
  config: Config,
  secrets: Secrets,
  keep: (credentials: Credentials) => Promise<void>,
) => Promise<RunningServer>;

/** Where signals come from: `process`. */
export interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
}

type StopSignal = 'SIGINT' | 'SIGTERM';
const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

// Supervisors send SIGKILL after ten seconds; what is left goes to writing the exit message.
const CLOSE_DEADLINE_MS = 9_500;

export interface ServeParts {
  readonly startServer: StartServer;
  readonly terminal: Terminal;
  readonly signals: SignalSource;
  readonly closeDeadlineMs?: number;
}

/** Runs the server until it is told to stop or fails. The exit code: 0 after a clean stop, else 1. */
export async function serve(config: Config, secrets: Secrets, parts: ServeParts): Promise<ExitCode> {
  const { terminal } = parts;
  using stop = listenForStop(parts.signals);
  const server = await parts.startServer(config, secrets, (credentials) =>
    writeCredentials(config.dataDirectory, credentials),
  );
  // Before anything is printed: whoever waits for the banner finds the file.
  await writeServerFile(config.dataDirectory, { url: server.url, pid: process.pid });
  terminal.stdout.write(bannerText(bannerContent(config, server), bannerStyle(terminal)));

  const failure = await Promise.race([stop.first, server.failed]);
  if (failure !== undefined) terminal.stderr.write(`inlet: ${failure.message}\n`);
  const closed = await closeInTime(server, stop.second, parts.closeDeadlineMs ?? CLOSE_DEADLINE_MS);
  if (closed !== 'closed') terminal.stderr.write(`inlet: ${closed}\n`);
  return failure === undefined && closed === 'closed' ? EXIT_CODES.ok : EXIT_CODES.failed;
}

function bannerContent(
  { dataDirectory }: Config,
  { url, credentials }: RunningServer,
): Parameters<typeof bannerText>[0] {
  return { url, dataDirectory, ...(credentials === undefined ? {} : { credentials }) };
}

function bannerStyle({ stdout, environment }: Terminal): BannerStyle {
  const terminal = stdout.isTTY === true;
  return { terminal, color: terminal && !environment['NO_COLOR'] };
}

interface StopRequests extends Disposable {
  readonly first: Promise<undefined>;
  /** Someone is impatient. */
  readonly second: Promise<undefined>;
}

function listenForStop(signals: SignalSource): StopRequests {
  const first = Promise.withResolvers<undefined>();
  const second = Promise.withResolvers<undefined>();
  let received = 0;
  const listener = (): void => {
    received += 1;
    (received === 1 ? first : second).resolve(undefined);
  };
  for (const signal of STOP_SIGNALS) signals.on(signal, listener);
  return {
    first: first.promise,
    second: second.promise,
    [Symbol.dispose]: () => STOP_SIGNALS.forEach((signal) => signals.off(signal, listener)),
  };
}

/** `closed`, or why not. An abandoned close loses nothing that was acknowledged (law 1). */
async function closeInTime(server: RunningServer, impatience: Promise<undefined>, deadlineMs: number): Promise<string> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`stopping took longer than ${deadlineMs} ms; left at once`), deadlineMs);
  try {
    return await Promise.race([
      server.close().then(() => 'closed'),
      impatience.then(() => 'a second signal came; left at once'),
      late.promise,
    ]);
  } catch (error) {
    return `stopping failed: ${(error as Error).message}`;
  } finally {
    clearTimeout(timer);
  }
}
