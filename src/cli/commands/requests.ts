import type { ClientAnswer, ClientCall, ClientFlag, ClientGroup } from '#cli/client-command.ts';
import { listAnswer, listFlags } from '#cli/list-answer.ts';
import { plainText } from '#cli/plain-text.ts';
import { membersText, tableText } from '#cli/table.ts';
import type { JsonObject } from '#model/json.ts';

const FILTERS: readonly ClientFlag[] = [
  { name: 'state', placeholder: 'STATE', help: 'only requests in this state, such as pending or done' },
  { name: 'kind', placeholder: 'KIND', help: 'person, customObject or event' },
  { name: 'from', placeholder: 'TIME', help: 'accepted at this time or later, such as 2026-11-23T10:00:00Z' },
  { name: 'to', placeholder: 'TIME', help: 'accepted before this time' },
  { name: 'correlation-id', placeholder: 'ID', help: 'only requests that were sent with this X-Correlation-Id' },
];

export const REQUESTS_GROUP: ClientGroup = {
  name: 'requests',
  description: 'What was accepted, and what became of it',
  commands: [
    {
      usage: 'list',
      description: 'List requests, newest first',
      flags: listFlags(FILTERS),
      run: listRequests,
    },
    { usage: 'show <requestId>', description: 'Show a request, its counts and its failures', run: showRequest },
  ],
};

async function listRequests(call: ClientCall): Promise<ClientAnswer> {
  return listAnswer(call, {
    path: '/requests',
    filters: FILTERS,
    columns: ['requestId', 'type', 'state', 'received', 'failed', 'pending', 'acceptedAt'],
    cells: (request) => {
      const { received, failed, pending } = (request['objects'] ?? {}) as JsonObject;
      return [
        request['requestId'],
        request['type'],
        request['state'],
        received,
        failed,
        pending,
        request['acceptedAt'],
      ];
    },
  });
}

async function showRequest(call: ClientCall): Promise<ClientAnswer> {
  const [requestId = ''] = call.operands;
  const json = await call.api.get(`${call.workspacePath}/requests/${encodeURIComponent(requestId)}`);
  const { failures = [], objects = {}, warnings = [], next, ...members } = json;
  const counts = Object.entries(objects as JsonObject).map(([fate, count]) => `${fate} ${plainText(count)}`);
  const text = membersText({
    ...members,
    objects: counts.join(', '),
    warnings: (warnings as unknown[]).map(messageOf),
  });
  const more = typeof next === 'string' ? { note: 'There are more failures: inlet quarantine --request-id.' } : {};
  return { json, text: text + failuresText(failures as readonly JsonObject[]), ...more };
}

function messageOf(warning: unknown): string {
  return plainText((warning as JsonObject)['message']);
}

function failuresText(failures: readonly JsonObject[]): string {
  if (failures.length === 0) return '';
  const columns = ['index', 'code', 'message', 'key'];
  return `\n${tableText(
    columns,
    failures.map((failure) => columns.map((column) => failure[column])),
  )}`;
}
