/** Lays out values for people. Machines get `--json`. */
import { plainText } from './plain-text.ts';

/** Columns with two spaces between them, numbers to the right, nothing cut. Ends with a line feed. */
export function tableText(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const heads = columns.map(visible);
  const cells = rows.map((row) => columns.map((_, index) => cellText(row[index])));
  const numeric = columns.map((_, index) => rows.some((row) => typeof row[index] === 'number'));
  const widths = heads.map((_, index) => widest([heads, ...cells].map((row) => row[index] ?? '')));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => padded(cell, widths[index] ?? 0, numeric[index] ?? false))
      .join('  ')
      .trimEnd();
  const rule = widths.map((columnWidth) => '─'.repeat(columnWidth));
  return `${[heads, rule, ...cells].map(line).join('\n')}\n`;
}

/** One line per member: its name and its value. */
export function membersText(members: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(members).map(([name, value]) => [visible(name), cellText(value)] as const);
  const nameWidth = widest(rows.map(([name]) => name));
  return rows.map(([name, value]) => `${`${padded(name, nameWidth, false)}  ${value}`.trimEnd()}\n`).join('');
}

function cellText(value: unknown): string {
  const isWordList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return visible(isWordList ? value.join(', ') : plainText(value));
}

/**
 * Values come from strangers: control characters, and those that turn the direction of writing, must not steer the
 * reader's terminal.
 */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (control) => {
    if (control === '\n') return '\\n';
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, width(text)), 0);
}

function width(text: string): number {
  return Array.from(text).length;
}

function padded(text: string, columns: number, toTheRight: boolean): string {
  const space = ' '.repeat(columns - width(text));
  return toTheRight ? space + text : text + space;
}
