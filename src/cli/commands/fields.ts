import { countFlag } from '#cli/client-command.ts';
import type { ClientAnswer, ClientCall, ClientGroup } from '#cli/client-command.ts';
import { listAnswer, listFlags } from '#cli/list-answer.ts';
import { membersText } from '#cli/table.ts';
import { CUSTOM_DATA_TYPES } from '#model/field.ts';

export const FIELDS_GROUP: ClientGroup = {
  name: 'fields',
  description: 'Fields of persons',
  commands: [
    {
      usage: 'list',
      description: 'List fields, the standard ones too',
      flags: listFlags([]),
      run: (call) =>
        listAnswer(call, {
          path: '/person-fields',
          columns: ['name', 'displayName', 'dataType', 'length', 'readOnly', 'custom'],
        }),
    },
    {
      usage: 'put <name>',
      description: 'Make a field, or change its display name or length',
      flags: [
        { name: 'type', placeholder: 'TYPE', help: CUSTOM_DATA_TYPES.join(', '), required: true },
        { name: 'length', placeholder: 'N', help: 'most characters' },
        { name: 'display-name', placeholder: 'TEXT', help: 'what people call it' },
      ],
      run: putField,
    },
  ],
};

async function putField(call: ClientCall): Promise<ClientAnswer> {
  const [name = ''] = call.operands;
  const displayName = call.flag('display-name');
  const json = await call.api.put(`${call.workspacePath}/person-fields/${encodeURIComponent(name)}`, {
    dataType: call.flag('type'),
    ...(call.flag('length') === undefined ? {} : { length: countFlag(call, 'length', 0) }),
    ...(displayName === undefined ? {} : { displayName }),
  });
  return { json, text: membersText(json) };
}
