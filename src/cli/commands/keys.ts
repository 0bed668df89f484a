import type { ClientAnswer, ClientCall, ClientGroup } from '#cli/client-command.ts';
import { listAnswer, listFlags } from '#cli/list-answer.ts';
import { membersText } from '#cli/table.ts';

export const KEYS_GROUP: ClientGroup = {
  name: 'keys',
  description: 'Write keys of the Postback API',
  commands: [
    {
      usage: 'list',
      description: 'List write keys',
      flags: listFlags([]),
      run: (call) =>
        listAnswer(call, {
          path: '/write-keys',
          columns: ['id', 'name', 'access', 'databases', 'createdAt'],
        }),
    },
    {
      usage: 'create',
      description: 'Make a write key; it is shown once',
      flags: [
        { name: 'name', placeholder: 'NAME', help: 'what people call it' },
        {
          name: 'database',
          placeholder: 'NAME',
          help: 'a database that it may write to; all unless given',
          many: true,
        },
        { name: 'access', placeholder: 'ACCESS', help: 'write-only (default) or full' },
      ],
      run: createKey,
    },
    { usage: 'delete <id>', description: 'Delete a write key', run: deleteKey },
  ],
};

async function createKey(call: ClientCall): Promise<ClientAnswer> {
  const name = call.flag('name');
  const access = call.flag('access');
  const databases = call.flags('database');
  const json = await call.api.post(`${call.workspacePath}/write-keys`, {
    ...(name === undefined ? {} : { name }),
    ...(access === undefined ? {} : { access }),
    ...(databases.length === 0 ? {} : { databases }),
  });
  return { json, text: membersText(json), note: 'The key is not shown again.' };
}

async function deleteKey(call: ClientCall): Promise<ClientAnswer> {
  const [id = ''] = call.operands;
  await call.api.delete(`${call.workspacePath}/write-keys/${encodeURIComponent(id)}`);
  return { json: { deleted: id }, text: `Deleted write key ${id}.\n` };
}
