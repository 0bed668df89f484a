/** Imports of Treasure Data's REST API, as tests make and send them. */
import { encode } from '@msgpack/msgpack';
import { gzipSync } from 'node:zlib';
import type { Answer, Sent } from './http.ts';
import { whileItPasses } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/** Records as the body of an import. */
export function packedImport(records: readonly object[]): Uint8Array {
  return gzipSync(Buffer.concat(records.map((record) => encode(record, { useBigInt64: true }))));
}

/** A key with full access, and calls that bear it. */
export async function tdCaller(workspace: Workspace, key: object = { access: 'full' }): Promise<TdCaller> {
  const { writeKey } = await workspace.administer<{ writeKey: string }>('POST', '/write-keys', key);
  const call = (method: string, path: string, body?: Sent['body']): Promise<Answer> => {
    const headers = { Authorization: `TD1 ${writeKey}` };
    const sent = { method, path: `/v3/${path}`, headers, ...(body !== undefined && { body }) };
    // As the clients do: on a busy machine the store process takes a while to start.
    return whileItPasses(
      () => workspace.send(sent),
      ({ status }) => status === 503,
    );
  };
  return { writeKey, call };
}

export interface TdCaller {
  readonly writeKey: string;
  /** `path` follows `/v3/`. */
  call(method: string, path: string, body?: Sent['body']): Promise<Answer>;
}
