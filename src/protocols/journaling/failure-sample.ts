/**
 * The failures of one request in one results event: all of them by code, and some of them one by one.
 * Owns: the bounds (law 6); what is left out is counted, and never cut. Never: decides a failure.
 */
import type { FailureRecord } from '#model/fates.ts';

export type SampledFailure = Pick<FailureRecord, 'index' | 'key' | 'code' | 'message'>;

/** Of one request in one event. */
export const MAX_FAILURES: number = 100;
const MAX_FAILURE_BYTES: number = 32 * 1024;
/** One that is longer is left out whole. */
const MAX_ONE_FAILURE_BYTES: number = 4 * 1024;

export class FailureSample {
  /** How many objects have failed with each code. */
  readonly codes: Map<string, number> = new Map();
  readonly #texts: string[] = [];
  #bytes = 0;
  #isWhole = true;

  /** `objects`: how many have failed so, when the entry as a whole could not be read. */
  add(failure: SampledFailure, objects: number = 1): void {
    const { code } = failure;
    this.codes.set(code, (this.codes.get(code) ?? 0) + objects);
    if (this.#texts.length >= MAX_FAILURES || !this.#take(failure)) this.#isWhole = false;
  }

  /** UTF-8. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Some failures are not among the {@link text}. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The elements of a JSON array. */
  get text(): string {
    return this.#texts.join(',');
  }

  #take({ index, key, code, message }: SampledFailure): boolean {
    // What is too long in characters is so in bytes: escaping it would be for nothing.
    if (key.length + message.length > MAX_ONE_FAILURE_BYTES) return false;
    // The key is JSON already; read and written again, its numbers might become others (law 10).
    const text = `{"index":${index},"key":${key},"code":${JSON.stringify(code)},"message":${JSON.stringify(message)}}`;
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > MAX_ONE_FAILURE_BYTES || this.#bytes + bytes > MAX_FAILURE_BYTES) return false;
    this.#bytes += bytes;
    this.#texts.push(text);
    return true;
  }
}
