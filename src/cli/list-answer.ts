import type { ListAnswer } from './api-client.ts';
import { LIMIT_FLAG, countFlag } from './client-command.ts';
import type { ClientAnswer, ClientCall, ClientFlag } from './client-command.ts';
import { tableText } from './table.ts';
import { fileKey } from '#config/options.ts';
import type { JsonObject } from '#model/json.ts';

interface ListCommand {
  /** Below the workspace, such as `/clients`. */
  readonly path: string;
  /** Flags that become query parameters of the same name, in camel case. */
  readonly filters?: readonly ClientFlag[];
  readonly columns: readonly string[];
  /** Leaves out columns in which nothing stands. */
  readonly omitEmpty?: true;
  /** The cells of one row; the members that the columns name, unless given. */
  readonly cells?: (item: JsonObject) => readonly unknown[];
}

const DEFAULT_LIMIT = 100;
const LARGEST_PAGE = 100;

/** The flags of a command that lists. */
export function listFlags(filters: readonly ClientFlag[]): readonly ClientFlag[] {
  return [...filters, LIMIT_FLAG];
}

/** Lists something of the workspace, page after page, up to `--limit`. */
export async function listAnswer(call: ClientCall, command: ListCommand): Promise<ClientAnswer> {
  const limit = countFlag(call, LIMIT_FLAG.name, DEFAULT_LIMIT);
  const query = new URLSearchParams({ limit: String(Math.min(limit, LARGEST_PAGE)) });
  for (const { name } of command.filters ?? []) {
    const value = call.flag(name);
    if (value !== undefined) query.set(fileKey(name), value);
  }
  const path = `${call.workspacePath}${command.path}?${query.toString()}`;
  return render(await call.api.list(path, limit), command);
}

function render({ items, more }: ListAnswer, { columns: wanted, omitEmpty, cells }: ListCommand): ClientAnswer {
  const columns = omitEmpty === true ? filledColumns(wanted, items) : wanted;
  const rows = items.map(cells ?? ((item) => columns.map((column) => item[column])));
  const note = more ? `There are more; raise --limit to see them.` : undefined;
  return { json: items, text: tableText(columns, rows), ...(note === undefined ? {} : { note }) };
}

/** A column in which nothing stands says nothing; without any item all of them stay. */
export function filledColumns(columns: readonly string[], items: readonly JsonObject[]): readonly string[] {
  return items.length === 0 ? columns : columns.filter((column) => items.some((item) => item[column] !== undefined));
}
