/** An SQL answer as CSV (RFC 4180). NULL is an empty field, and an empty string a quoted one. Pure. */
import type { SqlAnswer } from '#ports/store-reader.ts';

export function csvText(answer: SqlAnswer): string {
  const lines = [answer.columns.map(({ name }) => name), ...answer.rows];
  return lines.map((cells) => `${cells.map(csvField).join(',')}\r\n`).join('');
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === '' || /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
