import type { ClientAnswer, ClientCall, ClientGroup } from '#cli/client-command.ts';
import { CommandError, EXIT_CODES } from '#cli/exit-codes.ts';
import { listAnswer, listFlags } from '#cli/list-answer.ts';
import { plainText } from '#cli/plain-text.ts';
import { membersText, tableText } from '#cli/table.ts';
import { parseField } from './field-notation.ts';
import type { JsonObject } from '#model/json.ts';

export const OBJECTS_GROUP: ClientGroup = {
  name: 'objects',
  description: 'Types of custom objects',
  commands: [
    {
      usage: 'list',
      description: 'List types',
      flags: listFlags([]),
      run: (call) =>
        listAnswer(call, {
          path: '/custom-objects',
          columns: ['apiName', 'displayName', 'dedupeFields', 'fields'],
          cells: (type) => [type['apiName'], type['displayName'], type['dedupeFields'], fieldNames(type)],
        }),
    },
    { usage: 'show <apiName>', description: 'Show a type and its fields', run: showType },
    {
      usage: 'put <apiName>',
      description: 'Make a type, or add fields to it; the fields that it has are listed again',
      flags: [
        {
          name: 'field',
          placeholder: 'NAME:TYPE[:LENGTH]',
          help: 'a field, such as vin:string:36',
          required: true,
          many: true,
        },
        {
          name: 'dedupe',
          placeholder: 'NAME',
          help: 'a field by which objects match, up to three',
          required: true,
          many: true,
        },
        { name: 'link', placeholder: 'FIELD:PERSON_FIELD', help: 'the field that names a person, such as email:email' },
        { name: 'display-name', placeholder: 'TEXT', help: 'what people call it' },
      ],
      run: putType,
    },
  ],
};

function fieldNames(type: JsonObject): string[] {
  return (type['fields'] as readonly JsonObject[]).map((field) => plainText(field['name']));
}

async function showType(call: ClientCall): Promise<ClientAnswer> {
  return typeAnswer(await call.api.get(typePath(call)));
}

async function putType(call: ClientCall): Promise<ClientAnswer> {
  const displayName = call.flag('display-name');
  const link = call.flag('link');
  const body = {
    fields: call.flags('field').map(parseField),
    dedupeFields: call.flags('dedupe'),
    ...(link === undefined ? {} : { link: parseLink(link) }),
    ...(displayName === undefined ? {} : { displayName }),
  };
  return typeAnswer(await call.api.put(typePath(call), body));
}

function typePath(call: ClientCall): string {
  const [apiName = ''] = call.operands;
  return `${call.workspacePath}/custom-objects/${encodeURIComponent(apiName)}`;
}

function parseLink(text: string): { field: string; personField: string } {
  const [field, personField, ...rest] = text.split(':');
  if (field && personField && rest.length === 0) return { field, personField };
  throw new CommandError(EXIT_CODES.usage, `--link ${text}: must be FIELD:PERSON_FIELD, such as email:email.`);
}

function typeAnswer(type: JsonObject): ClientAnswer {
  const { fields, ...members } = type;
  const columns = ['name', 'displayName', 'dataType', 'length'];
  const rows = (fields as readonly JsonObject[]).map((field) => columns.map((column) => field[column]));
  return { json: type, text: `${membersText(members)}\n${tableText(columns, rows)}` };
}
