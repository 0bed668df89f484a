/**
 * What SQLite's result codes mean for a promise of durability (law 9).
 * Owns: the verdict on a code. Never: acts on it.
 * Source: https://www.sqlite.org/rescode.html; node:sqlite gives the extended code as `errcode`.
 */

const SQLITE_BUSY = 5;
const SQLITE_NOMEM = 7;
const SQLITE_FULL = 13;

// Of these it is known that nothing was written, and that a later attempt may succeed.
const HARMLESS: ReadonlySet<number> = new Set([SQLITE_BUSY, SQLITE_NOMEM, SQLITE_FULL]);

function primaryCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/**
 * `full` when the transaction can be rolled back and tried again later. Everything else is `failed`: above all
 * SQLITE_IOERR, after which the kernel may have dropped dirty pages and reports them clean.
 */
export function verdictOn(error: unknown): 'full' | 'failed' {
  const code = primaryCode(error);
  return code !== undefined && HARMLESS.has(code) ? 'full' : 'failed';
}

/** Another process or connection holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === SQLITE_BUSY;
}

/** Wraps what SQLite says when a file of the intake log cannot be opened, which does not name the file. */
export function cannotOpen(path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `The intake log ${path} cannot be opened: ${reason}. Check that its directory exists and may be written.`,
    { cause },
  );
}
