/**
 * Law 1 seen from outside the process: between a request's last byte and its answer's first lies a sync of the log.
 *
 *   socket   read(… marker …) ─────────────────────────────────────────────► write(HTTP/1.1 200 …)
 *   WAL                  └──► pwrite64(… marker …) ──► fsync begins ─► ends ──┘
 *
 * Pure.
 */
import type { SystemCall } from './strace.ts';

/** What strace has to trace for it. Whole pages are shown, since a marker may stand anywhere in one. */
export const DURABILITY_TRACE: readonly string[] = [
  '-s',
  '20000',
  '-e',
  'trace=read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync',
];

const READS: ReadonlySet<string> = new Set(['read', 'readv', 'recvfrom', 'recvmsg']);
const WRITES: ReadonlySet<string> = new Set(['write', 'writev', 'sendto', 'sendmsg']);
const SYNCS: ReadonlySet<string> = new Set(['fsync', 'fdatasync']);

export interface MarkedRequests {
  /** The file that has to be synced: the write-ahead log of the intake log. */
  readonly walPath: string;
  /** What the bodies end with, each told from every other. */
  readonly markers: readonly string[];
}

/** What is wrong with the answers to the marked requests, as sentences; nothing when law 1 held. */
export function findUnsyncedAnswers(calls: readonly SystemCall[], requests: MarkedRequests): readonly string[] {
  const ofLog = calls.filter((call) => fileOf(call).endsWith(`<${requests.walPath}>`));
  return requests.markers.flatMap((marker) => {
    const fault = faultOf(calls, ofLog, marker);
    return fault === undefined ? [] : [`${marker}: ${fault}`];
  });
}

function faultOf(calls: readonly SystemCall[], ofLog: readonly SystemCall[], marker: string): string | undefined {
  const read = calls.find(({ name, args }) => READS.has(name) && args.includes(marker));
  if (read === undefined) return 'its request was not seen';
  const answer = calls.find((call) => isAnswer(call) && fileOf(call) === fileOf(read) && call.begun >= read.ended);
  if (answer === undefined) return 'its answer was not seen';
  const write = ofLog.find(({ name, args }) => name === 'pwrite64' && args.includes(marker));
  if (write === undefined || write.ended > answer.begun) return 'it was answered before the log was written';
  const synced = ofLog.some(
    ({ name, result, begun, ended }) =>
      SYNCS.has(name) && result === 0 && begun >= write.ended && ended <= answer.begun,
  );
  return synced ? undefined : 'it was answered without a sync of the log after its write';
}

function isAnswer({ name, args }: SystemCall): boolean {
  return WRITES.has(name) && /HTTP\/1\.1 20[02]/u.test(args);
}

/** Such as `23</data/intake.db-wal>`. */
function fileOf({ args }: SystemCall): string {
  return /^\d+<[^>]*>/u.exec(args)?.[0] ?? '';
}
