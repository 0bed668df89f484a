import type { ListAnswer } from '#cli/api-client.ts';
import { LIMIT_FLAG, countFlag } from '#cli/client-command.ts';
import type { ClientAnswer, ClientCall, ClientCommand } from '#cli/client-command.ts';
import { CommandError, EXIT_CODES } from '#cli/exit-codes.ts';
import { filledColumns } from '#cli/list-answer.ts';
import { plainText } from '#cli/plain-text.ts';
import { tableText } from '#cli/table.ts';
import type { JsonObject } from '#model/json.ts';
import { FATE_COLUMNS } from './fate-columns.ts';

const DEFAULT_LIMIT = 100;
const LARGEST_PAGE = 100;

export const HISTORY_COMMAND: ClientCommand = {
  usage: 'history <type> <field=value...>',
  description:
    'Show what became of one object, request by request: persons email=ada@example.com, or a custom object type and ' +
    'its dedupe fields, or id=, marketoGUID=, which find what was deleted too',
  flags: [LIMIT_FLAG],
  run: history,
};

async function history(call: ClientCall): Promise<ClientAnswer> {
  const limit = countFlag(call, LIMIT_FLAG.name, DEFAULT_LIMIT);
  const [type = '', ...names] = call.operands;
  const query = new URLSearchParams({ limit: String(Math.min(limit, LARGEST_PAGE)) });
  for (const name of names) query.append(...pair(name));
  const path = `${call.workspacePath}/objects/${encodeURIComponent(type)}/history?${query.toString()}`;
  const first = await call.api.get(path);
  const list = await call.api.list(path, limit, first);
  return { json: { ...first, items: list.items, next: undefined }, ...shown(first, list) };
}

/** Names that the parameters of a page have already. */
const TAKEN = new Set(['limit', 'after']);

function pair(text: string): [string, string] {
  const { field, value } = /^(?<field>[^=]+)=(?<value>.+)$/su.exec(text)?.groups ?? {};
  if (field !== undefined && value !== undefined && !TAKEN.has(field)) return [field, value];
  const why = field !== undefined && TAKEN.has(field) ? 'objects cannot be named by this field' : 'must be FIELD=VALUE';
  throw new CommandError(EXIT_CODES.usage, `${text}: ${why}, such as email=ada@example.com or id=5.`);
}

function shown(answer: JsonObject, { items, more }: ListAnswer): Pick<ClientAnswer, 'text' | 'note'> {
  const columns = filledColumns(['acceptedAt', 'requestId', ...FATE_COLUMNS, 'fields', 'fieldsUnavailable'], items);
  const notes = [...objectNotes(answer), ...retentionNotes(answer)];
  if (more) notes.push('There are more; raise --limit to see them.');
  return {
    text: tableText(
      columns,
      items.map((item) => columns.map((column) => item[column])),
    ),
    ...(notes.length > 0 && { note: notes.join('\n') }),
  };
}

function objectNotes({ objects }: JsonObject): string[] {
  const found = (objects ?? []) as readonly JsonObject[];
  if (found.length === 0) return ['No such object exists now.'];
  if (found.length === 1) return [];
  const names = found.map(({ identity, partitionName }) =>
    partitionName === undefined ? plainText(identity) : `${plainText(identity)} (${plainText(partitionName)})`,
  );
  return [`${found.length} objects have this name: ${names.join(', ')}.`];
}

function retentionNotes({ retainedFrom }: JsonObject): string[] {
  if (retainedFrom === undefined) return [];
  return [`Finished requests that were accepted before ${plainText(retainedFrom)} are forgotten.`];
}
