/**
 * The rows of a job in the formats that clients ask for.
 * Owns: the formats. Never: runs a query.
 */
import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { packableNumber, packedJson } from './packed.ts';
import { encode } from '@msgpack/msgpack';
import type { JsonValue } from '#model/json.ts';

export const RESULT_FORMATS = ['json', 'jsonl', 'csv', 'tsv', 'msgpack', 'msgpack.gz'] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];

export interface ResultRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** As SQL answers them: long integers and decimals are texts (docs/specs/sql.md). */
  readonly rows: readonly (readonly unknown[])[];
}

export interface FormattedResult {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** `header` puts the names of the columns before the rows of csv and tsv. */
export function formatResult(result: ResultRows, format: ResultFormat, header: boolean): FormattedResult {
  switch (format) {
    case 'json':
    case 'jsonl':
      return { contentType: 'application/json; charset=utf-8', bytes: Buffer.from(jsonLines(result)) };
    case 'csv':
      return { contentType: 'text/csv; charset=utf-8', bytes: Buffer.from(separated(result, ',', header)) };
    case 'tsv':
      return {
        contentType: 'text/tab-separated-values; charset=utf-8',
        bytes: Buffer.from(separated(result, '\t', header)),
      };
    case 'msgpack':
      return { contentType: 'application/x-msgpack', bytes: packedRows(result) };
    case 'msgpack.gz':
      return { contentType: 'application/x-msgpack+gzip', bytes: gzipSync(packedRows(result)) };
  }
}

const NUMERIC = new Set(['integer', 'bigint', 'hugeint', 'decimal']);

// A number that SQL tells by its digits is a number again where the format can hold it.
function jsonLines({ columns, rows }: ResultRows): string {
  return rows.map((row) => `${JSON.stringify(row.map((value, at) => numberOr(value, columns[at]?.type)))}\n`).join('');
}

function numberOr(value: unknown, type: string | undefined): unknown {
  const isDigits = typeof value === 'string' && type !== undefined && NUMERIC.has(type);
  return isDigits && /^-?\d+(?:\.\d+)?$/.test(value) ? JSON.rawJSON(value) : value;
}

function separated({ columns, rows }: ResultRows, separator: string, header: boolean): string {
  const lines: (readonly unknown[])[] = [...rows];
  if (header) lines.unshift(columns.map(({ name }) => name));
  return lines.map((cells) => `${cells.map((cell) => fieldOf(cell, separator)).join(separator)}\n`).join('');
}

// RFC 4180, with either separator. NULL is an empty field, and an empty text a quoted one.
function fieldOf(value: unknown, separator: string): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const isPlain = text !== '' && !text.includes(separator) && !/["\r\n]/.test(text);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}

function packedRows({ columns, rows }: ResultRows): Uint8Array {
  const types = columns.map(({ type }) => type);
  return Buffer.concat(rows.map((row) => packedRow(row, types)));
}

function packedRow(row: readonly unknown[], types: readonly string[]): Uint8Array {
  const isDigits = row.some((value, at) => typeof value === 'string' && NUMERIC.has(types[at] ?? ''));
  if (!isDigits) return packedJson(row as readonly JsonValue[]);
  const values = row.map((value, at) =>
    typeof value === 'string' && NUMERIC.has(types[at] ?? '') ? packableNumber(value) : value,
  );
  return encode(values, { useBigInt64: true });
}
