/**
 * strace on a running process: what it asks of the kernel, and errors put in the kernel's mouth.
 * Owns: the tracer. Never: ends the process that it traces.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One call of the kernel; times in seconds since 1970. A call that never ended is left out. */
export interface SystemCall {
  readonly name: string;
  readonly thread: string;
  readonly begun: number;
  readonly ended: number;
  /** As strace prints them: `23</data/intake.sqlite-wal>, "…", 24, 0`. */
  readonly args: string;
  /** -1 with an error. */
  readonly result: number;
}

/** Why tests that trace are skipped; false when they need not be. */
export function whyNoStrace(): string | false {
  const probe = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']);
  return probe.status === 0 ? false : 'strace is missing, or may not trace here';
}

export class Tracer implements AsyncDisposable {
  readonly #strace: ChildProcess;
  readonly #directory: string;

  private constructor(strace: ChildProcess, directory: string) {
    this.#strace = strace;
    this.#directory = directory;
  }

  /** Resolves once every thread of the process is traced. `options` are strace's own. */
  static async attach(pid: number, options: readonly string[]): Promise<Tracer> {
    const directory = mkdtempSync(join(tmpdir(), 'inlet-trace-'));
    const fixed = ['-f', '-y', '-ttt', '-T', '-o', join(directory, 'trace'), '-p', String(pid)];
    const strace = spawn('strace', [...fixed, ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
    const tracer = new Tracer(strace, directory);
    try {
      await attached(strace);
      return tracer;
    } catch (error) {
      await tracer[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Lets the process go, and resolves with what it did. */
  async finish(): Promise<readonly SystemCall[]> {
    await this.#detach();
    return parseTrace(readFileSync(join(this.#directory, 'trace'), 'latin1'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#detach();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #detach(): Promise<void> {
    if (this.#strace.exitCode !== null || this.#strace.signalCode !== null) return;
    const exited = once(this.#strace, 'exit');
    this.#strace.kill('SIGINT');
    await exited;
  }
}

// What strace says is read to its end: it would die of a closed pipe, and leave the process in the middle of a call.
function attached({ stderr }: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    stderr?.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes('attached')) resolve();
    });
    stderr?.once('end', () => reject(new Error(`strace did not attach: ${said}`)));
  });
}

const LINE = /^(?<thread>\d+)\s+(?<begun>\d+\.\d+) (?<rest>.*)$/u;
const BEGUN = /^(?<name>\w+)\((?<args>.*?)\s*<unfinished \.\.\.>$/u;
const RESUMED = /^<\.\.\. \w+ resumed>(?<args>.*)\)\s+= (?<result>-?\d+).*<(?<seconds>[\d.]+)>$/u;
const WHOLE = /^(?<name>\w+)\((?<args>.*)\)\s+= (?<result>-?\d+).*<(?<seconds>[\d.]+)>$/u;

interface OpenCall {
  readonly name: string;
  readonly args: string;
  readonly begun: number;
}

/** Calls in the order in which they ended. A call that another thread interrupts stands in two lines. */
export function parseTrace(trace: string): readonly SystemCall[] {
  const calls: SystemCall[] = [];
  const open = new Map<string, OpenCall>();
  for (const line of trace.split('\n')) {
    const { thread = '', begun = '', rest = '' } = LINE.exec(line)?.groups ?? {};
    const half = BEGUN.exec(rest)?.groups;
    if (half !== undefined)
      open.set(thread, { name: half['name'] ?? '', args: half['args'] ?? '', begun: Number(begun) });
    else calls.push(...endedCall(rest, { thread, begun: Number(begun) }, open));
  }
  return calls.toSorted((one, other) => one.ended - other.ended);
}

function endedCall(
  text: string,
  { thread, begun }: { readonly thread: string; readonly begun: number },
  open: Map<string, OpenCall>,
): readonly SystemCall[] {
  const whole = WHOLE.exec(text)?.groups;
  const resumed = whole === undefined ? RESUMED.exec(text)?.groups : undefined;
  const first = resumed === undefined ? undefined : open.get(thread);
  const { args = '', result, seconds } = whole ?? resumed ?? {};
  const name = whole?.['name'] ?? first?.name;
  if (name === undefined || result === undefined) return [];
  const since = first?.begun ?? begun;
  const call = { name, thread, begun: since, ended: since + Number(seconds), args: (first?.args ?? '') + args };
  return [{ ...call, result: Number(result) }];
}
