import type { ClientAnswer, ClientCall, ClientGroup } from '#cli/client-command.ts';
import { listAnswer, listFlags } from '#cli/list-answer.ts';
import { membersText } from '#cli/table.ts';
import { DEFAULT_PERMISSIONS, PERMISSION_NAMES } from '#model/permissions.ts';

export const CLIENTS_GROUP: ClientGroup = {
  name: 'clients',
  description: 'OAuth clients of the Data Ingestion API',
  commands: [
    {
      usage: 'list',
      description: 'List clients',
      flags: listFlags([]),
      run: (call) =>
        listAnswer(call, {
          path: '/clients',
          columns: ['clientId', 'name', 'permissions', 'createdAt'],
        }),
    },
    {
      usage: 'create <name>',
      description: 'Make a client; its secret is shown once',
      flags: [
        {
          name: 'permission',
          placeholder: 'NAME',
          help: `${quoted(PERMISSION_NAMES).join(', ')}; ${quoted(DEFAULT_PERMISSIONS).join(' and ')} unless given`,
          many: true,
        },
      ],
      run: createClient,
    },
    { usage: 'delete <clientId>', description: 'Delete a client; its tokens end at once', run: deleteClient },
  ],
};

function quoted(names: readonly string[]): readonly string[] {
  return names.map((name) => `"${name}"`);
}

async function createClient(call: ClientCall): Promise<ClientAnswer> {
  const [name] = call.operands;
  const given = call.flags('permission');
  const json = await call.api.post(`${call.workspacePath}/clients`, {
    name,
    permissions: given.length === 0 ? DEFAULT_PERMISSIONS : given,
  });
  return { json, text: membersText(json), note: 'The secret is not shown again.' };
}

async function deleteClient(call: ClientCall): Promise<ClientAnswer> {
  const [clientId = ''] = call.operands;
  await call.api.delete(`${call.workspacePath}/clients/${encodeURIComponent(clientId)}`);
  return { json: { deleted: clientId }, text: `Deleted client ${clientId}.\n` };
}
