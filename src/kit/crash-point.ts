/**
 * Crash points: named instants at which a crash would hurt most. Tests kill the real process there.
 * Owns: the list of names. Never: does anything unless `INLET_CRASH_POINT` names a point.
 */

/** In the order in which an entry passes them. */
export const CRASH_POINTS = [
  'gateway.before-append',
  'log.before-commit',
  'log.after-commit',
  'gateway.before-answer',
  'gateway.after-answer',
  'applier.after-read',
  'store.before-schema',
  'store.after-schema',
  'store.after-rows',
  'store.before-commit',
  'store.after-commit',
  'retention.after-truncate',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

interface ArmedPoint {
  readonly point: string;
  remaining: number;
}

// `name` or `name:count`: die at the count-th passage, so that a run can first do some honest work.
function readArmedPoint(): ArmedPoint | undefined {
  const setting = process.env['INLET_CRASH_POINT'];
  if (!setting) return undefined;
  const [point = '', count = '1'] = setting.split(':');
  return { point, remaining: Number(count) };
}

const armed = readArmedPoint();

/** Ends the process with SIGKILL when this point is armed; otherwise costs one comparison. */
export function crashPoint(point: CrashPoint): void {
  if (armed === undefined || armed.point !== point) return;
  armed.remaining -= 1;
  if (armed.remaining <= 0) process.kill(process.pid, 'SIGKILL');
}
