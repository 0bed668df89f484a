/**
 * The log: structured lines on stderr, or a readable form on a terminal.
 * Owns: the format, and that no secret passes (law 8). Never: decides what is worth a line.
 */
import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger, LoggerOptions } from 'pino';
import pretty from 'pino-pretty';

export type Logger = PinoLogger;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerSettings {
  readonly level: LogLevel;
  /** Which process writes, such as `gateway` or `store`. */
  readonly process: string;
  /** Lines for a person to read instead of JSON. */
  readonly readable?: boolean;
  /** Standard error unless given. */
  readonly destination?: DestinationStream;
}

/** Members whose values never reach the log, however they got into a line. */
const SECRET_MEMBERS = [
  'authorization',
  'accessToken',
  'access_token',
  'adminToken',
  'clientSecret',
  'client_secret',
  'secret',
  'secretHash',
  'keyHash',
  'tokenHash',
  'tokenSecret',
  'writeKey',
  'td_write_key',
  '["x-td-write-key"]',
  '["x-mkto-user-token"]',
  'cookie',
  'password',
];

// Secrets that stand inside other texts, such as an error's message or a URL.
const SECRET_TEXTS: readonly RegExp[] = [
  /(?<=\b(?:td_write_key|client_secret|access_token)=)[^&\s"]+/giu,
  /(?<=\bbearer )[^\s"]+/giu,
  /(?<=\bTD1 )[^\s"]+/gu,
  /\binlet_admin_[\w-]+/gu,
];

const CENSOR = '[redacted]';

export function createLogger(settings: LoggerSettings): Logger {
  const options: LoggerOptions = {
    level: settings.level,
    base: { process: settings.process },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretPaths(), censor: CENSOR },
    hooks: { streamWrite: withoutSecrets },
  };
  return pino(options, destination(settings));
}

function destination(settings: LoggerSettings): DestinationStream {
  const { readable = false, destination: given } = settings;
  if (readable) {
    return pretty({ destination: given ?? 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
  }
  return given ?? pino.destination({ fd: 2, sync: true });
}

// At the top of a line, and one and two levels down: `headers.authorization`, `request.headers.authorization`.
function secretPaths(): string[] {
  return SECRET_MEMBERS.flatMap((member) => {
    const step = member.startsWith('[') ? member : `.${member}`;
    return [member, `*${step}`, `*.*${step}`];
  });
}

function withoutSecrets(line: string): string {
  return SECRET_TEXTS.reduce((text, secret) => text.replace(secret, CENSOR), line);
}
