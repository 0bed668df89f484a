/**
 * One line that tells people how far something is, written over again and again.
 * Owns: that nothing of it is left when it is gone. Never: writes to what is no terminal.
 */
import type { Output } from './terminal.ts';

const BAR_CHARACTERS = 24;
/** ECMA-48: to the beginning of the line, and erase to its end. */
const ERASE = '\r\u001B[K';

export class ProgressLine implements Disposable {
  readonly #output: Output;
  #isShown = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** `what` says what is done; `done` of `total` of it are. */
  show(what: string, done: number, total: number): void {
    if (this.#output.isTTY !== true) return;
    const filled = total === 0 ? 0 : Math.floor((Math.min(done, total) / total) * BAR_CHARACTERS);
    const bar = '█'.repeat(filled).padEnd(BAR_CHARACTERS, '░');
    this.#output.write(`${ERASE}${what}  ${bar}  ${done} of ${total}`);
    this.#isShown = true;
  }

  clear(): void {
    if (!this.#isShown) return;
    this.#output.write(ERASE);
    this.#isShown = false;
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}
