import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBDateValue, DuckDBTimestampValue, type DuckDBValue } from '@duckdb/node-api';
import type { FieldValue } from '#model/field.ts';
import type { MunchkinId } from '#model/words.ts';
import type { ObjectRow, StoreSubject } from '../../../tests/exams/store-subject.ts';
import { type DuckDbStores, type DuckDbStoresOptions, openDuckDbStores } from './store.ts';

/** The DuckDB store on a directory, as the exam takes it; users' views give it the rows. */
export function duckDbSubject(directory: string, options: Partial<DuckDbStoresOptions> = {}): StoreSubject {
  const store = openDuckDbStores({ directory, memoryLimitBytes: 512_000_000, threads: 2, ...options });
  return {
    store,
    reader: store.reader(),
    objects: (workspace, type) => readObjects(store, workspace, type),
    reopen: async () => {
      await store[Symbol.asyncDispose]();
      return duckDbSubject(directory, options);
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** Runs `work` with a directory that is removed afterwards. */
export async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'inlet-store-'));
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function readObjects(store: DuckDbStores, workspace: MunchkinId, type: string): Promise<ObjectRow[]> {
  const connection = await store.connect(workspace);
  try {
    const result = await connection.run(`from main."${type}" order by ${type === 'persons' ? 'id' : '"marketoGUID"'}`);
    return (await result.getRowObjects()).map(objectRow);
  } finally {
    connection.closeSync();
  }
}

function objectRow(row: Readonly<Record<string, DuckDBValue>>): ObjectRow {
  const isPerson = Object.hasOwn(row, 'partitionName');
  const system = new Set(['createdAt', 'updatedAt', ...(isPerson ? ['id', 'partitionName'] : ['marketoGUID'])]);
  const values = new Map<string, FieldValue>();
  for (const [name, value] of Object.entries(row)) {
    if (!system.has(name) && value !== null) values.set(name, fieldValue(value));
  }
  return {
    identity: isPerson ? Number(row['id']) : String(row['marketoGUID']),
    partition: isPerson ? String(row['partitionName']) : '',
    values,
    createdAt: Date.parse(String(fieldValue(row['createdAt'] ?? null))),
    updatedAt: Date.parse(String(fieldValue(row['updatedAt'] ?? null))),
  };
}

function fieldValue(value: DuckDBValue): FieldValue {
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBTimestampValue) return `${value.toString().replace(' ', 'T')}Z`;
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
  return value as FieldValue;
}
