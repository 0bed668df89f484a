/** Memory of a process and all its descendants, from /proc (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

/** What they hold of the machine's memory: pages that several share are counted once in all. */
export function residentBytes(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, each) => sum + ownResidentBytes(each), 0);
}

/** The part of this process alone. */
export function ownResidentBytes(pid: number): number {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function descendants(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

export interface MemoryWatch {
  readonly intervalMs?: number;
  /** Of all its processes unless given. */
  readonly measure?: (pid: number) => number;
}

/** Samples until it is stopped; gives the greatest that it saw. */
export function watchMemory(
  pid: number,
  { intervalMs = 250, measure = residentBytes }: MemoryWatch = {},
): { stop(): number } {
  let greatest = 0;
  const sample = (): void => {
    greatest = Math.max(greatest, measure(pid));
  };
  const timer = setInterval(sample, intervalMs);
  return {
    stop(): number {
      clearInterval(timer);
      sample();
      return greatest;
    },
  };
}
