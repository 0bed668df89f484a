/**
 * An import on disk until it is whole: its chunks one after the other, in a file without a name.
 * Owns: that file. Never: decodes; and a crash leaves nothing of it, since the name is gone once it is open.
 */
import { mkdir, open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { tdError } from '#protocols/td-rest/errors.ts';
import type { ImportChunk } from '#protocols/td-rest/import-chunks.ts';

/** Of all chunks of one import (law 6). */
const MAX_SPOOLED_BYTES = 16 * 1024 ** 3;

interface Place {
  readonly records: number;
  readonly offset: number;
  readonly bytes: number;
}

export class ImportSpool implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #places: Place[] = [];
  #end = 0;
  /** Of the greatest chunk. */
  #mostBytes = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** How many chunks it holds. */
  get length(): number {
    return this.#places.length;
  }

  /** Throws a TdError (413) when the import is too large. */
  async add({ records, body }: ImportChunk): Promise<void> {
    if (this.#end + body.length > MAX_SPOOLED_BYTES) {
      throw tdError('td-413', `an import may have ${MAX_SPOOLED_BYTES} bytes as JSON; send it in parts`);
    }
    let written = 0;
    while (written < body.length) {
      const { bytesWritten } = await this.#file.write(body, written, body.length - written, this.#end + written);
      written += bytesWritten;
    }
    this.#places.push({ records, offset: this.#end, bytes: body.length });
    this.#end += body.length;
    this.#mostBytes = Math.max(this.#mostBytes, body.length);
  }

  /** All in the same memory, one after the other: a body holds until the next one is asked for. */
  async *chunks(first: number): AsyncGenerator<ImportChunk> {
    const memory = Buffer.allocUnsafe(this.#mostBytes);
    for (const { records, offset, bytes } of this.#places.slice(first)) {
      const body = memory.subarray(0, bytes);
      let got = 0;
      while (got < bytes) {
        const { bytesRead } = await this.#file.read(body, got, bytes - got, offset + got);
        if (bytesRead === 0) throw new Error('the spooled import is shorter than it was');
        got += bytesRead;
      }
      yield { records, body };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

export async function openImportSpool(directory: string): Promise<ImportSpool> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, randomUUID());
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return new ImportSpool(file);
}
