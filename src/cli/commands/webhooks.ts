import type { ClientAnswer, ClientCall, ClientGroup } from '#cli/client-command.ts';
import { listAnswer, listFlags } from '#cli/list-answer.ts';
import { plainText } from '#cli/plain-text.ts';
import { membersText } from '#cli/table.ts';
import type { JsonObject } from '#model/json.ts';

export const WEBHOOKS_GROUP: ClientGroup = {
  name: 'webhooks',
  description: 'Who is sent the events of the journal',
  commands: [
    {
      usage: 'list',
      description: 'List webhooks with their states',
      flags: listFlags([]),
      run: (call) =>
        listAnswer(call, {
          path: '/webhooks',
          columns: [
            'id',
            'name',
            'url',
            'state',
            'enabled',
            'types',
            'delivery',
            'pending',
            'delivered',
            'dropped',
            'reason',
          ],
          omitEmpty: true,
        }),
    },
    {
      usage: 'add <url>',
      description: 'Send the journal to a URL from now on, once its receiver has answered a challenge',
      flags: [
        { name: 'name', placeholder: 'NAME', help: 'what people call it' },
        { name: 'type', placeholder: 'TYPE', help: 'results, metrics or status; all unless given', many: true },
        { name: 'delivery', placeholder: 'FORM', help: 'single or batch: one event a request, or up to 20' },
        { name: 'disabled', help: 'make it, and send nothing yet' },
      ],
      run: addWebhook,
    },
    {
      usage: 'enable <id>',
      description: 'Send events from now on; a receiver that is unverified or disabled is challenged again',
      run: (call) => changeWebhook(call, { enabled: true }),
    },
    {
      usage: 'disable <id>',
      description: 'Send nothing any more; events of that time are not sent later',
      run: (call) => changeWebhook(call, { enabled: false }),
    },
    {
      usage: 'remove <id>',
      description: 'Remove a webhook, and all that is kept of its deliveries',
      run: removeWebhook,
    },
    {
      usage: 'test <id>',
      description: 'Send a signed test event once, and tell what came back; exit code 1 when it was not taken',
      run: testWebhook,
    },
    {
      usage: 'deliveries <id>',
      description: 'List the last tries, newest first; --json shows what was sent and what came back',
      flags: listFlags([]),
      run: (call) =>
        listAnswer(call, {
          path: `${webhookPath(call)}/deliveries`,
          columns: ['at', 'kind', 'deliveryId', 'attempt', 'succeeded', 'status', 'ms', 'fault'],
          cells: tryCells,
        }),
    },
  ],
};

async function addWebhook(call: ClientCall): Promise<ClientAnswer> {
  const [url] = call.operands;
  const name = call.flag('name');
  const types = call.flags('type');
  const delivery = call.flag('delivery');
  const json = await call.api.post(`${call.workspacePath}/webhooks`, {
    url,
    ...(name !== undefined && { name }),
    ...(types.length > 0 && { types }),
    ...(delivery !== undefined && { delivery }),
    ...(call.isSet('disabled') && { enabled: false }),
  });
  return webhookAnswer(json);
}

async function changeWebhook(call: ClientCall, change: { readonly enabled: boolean }): Promise<ClientAnswer> {
  return webhookAnswer(await call.api.patch(call.workspacePath + webhookPath(call), change));
}

function webhookAnswer(json: JsonObject): ClientAnswer {
  return { json, text: membersText(json) };
}

async function removeWebhook(call: ClientCall): Promise<ClientAnswer> {
  const [id = ''] = call.operands;
  await call.api.delete(call.workspacePath + webhookPath(call));
  return { json: { deleted: id }, text: `Removed webhook ${id}.\n` };
}

async function testWebhook(call: ClientCall): Promise<ClientAnswer> {
  const json = await call.api.post(`${call.workspacePath}${webhookPath(call)}/test`);
  const { succeeded, fault, durationMs, request, response } = json;
  const members = {
    succeeded,
    url: (request as JsonObject)['url'],
    ...(response !== undefined && { status: (response as JsonObject)['status'] }),
    ...(fault !== undefined && { fault }),
    ms: Math.round(Number(durationMs)),
    ...(response !== undefined && { body: (response as JsonObject)['body'] }),
  };
  return { json, text: membersText(members), ...(succeeded !== true && { failed: true }) };
}

function tryCells({ at, kind, deliveryId, attempt, succeeded, response, durationMs, fault }: JsonObject): unknown[] {
  const status = (response as JsonObject | undefined)?.['status'];
  return [at, kind, deliveryId, attempt, succeeded, status, Math.round(Number(durationMs)), plainText(fault)];
}

/** Below the workspace. */
function webhookPath({ operands: [id = ''] }: ClientCall): string {
  return `/webhooks/${encodeURIComponent(id)}`;
}
