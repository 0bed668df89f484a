import type { ClientAnswer, ClientCall, ClientFlag, ClientGroup } from '#cli/client-command.ts';
import { filledColumns, listAnswer, listFlags } from '#cli/list-answer.ts';
import { FATE_COLUMNS } from './fate-columns.ts';
import { plainText } from '#cli/plain-text.ts';
import { membersText, tableText } from '#cli/table.ts';
import type { JsonObject } from '#model/json.ts';

const FILTERS: readonly ClientFlag[] = [
  {
    name: 'state',
    placeholder: 'STATE',
    help: 'only requests in this state: retrying, done, or pending, which includes retrying',
  },
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
    { usage: 'show <requestId>', description: 'Show a request, its counts, failures and retries', run: showRequest },
    {
      usage: 'fates <requestId>',
      description: 'List what became of each of its objects',
      flags: listFlags([]),
      run: (call) => listAnswer(call, { path: `${requestPath(call)}/fates`, columns: FATE_COLUMNS, omitEmpty: true }),
    },
    {
      usage: 'cancel-waiting <requestId>',
      description: 'End the wait of its waiting objects: they fail with the code that they wait with',
      run: cancelWaiting,
    },
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
  const json = await call.api.get(call.workspacePath + requestPath(call));
  const more = typeof json['next'] === 'string' ? { note: MORE } : {};
  return { json, text: requestText(json), ...more };
}

const MORE = 'There are more failures or retries: inlet quarantine --request-id lists failures, --json shows `next`.';

async function cancelWaiting(call: ClientCall): Promise<ClientAnswer> {
  const { ended, ...request } = await call.api.post(`${call.workspacePath}${requestPath(call)}/cancel-waiting`);
  const json = ended === undefined ? request : { ...request, ended };
  return { json, text: requestText(request), note: endedNote(ended) };
}

function endedNote(ended: unknown): string {
  if (ended === undefined) return 'The command is in the log, and will be carried out when the applier comes to it.';
  if (ended === 0) return 'Nothing of it waited.';
  return ended === 1 ? 'The wait of 1 object was ended.' : `The waits of ${plainText(ended)} objects were ended.`;
}

/** Below the workspace. */
function requestPath({ operands: [requestId = ''] }: ClientCall): string {
  return `/requests/${encodeURIComponent(requestId)}`;
}

function requestText(request: JsonObject): string {
  const { failures = [], retries = [], objects = {}, warnings = [], next: _, ...members } = request;
  const counts = Object.entries(objects as JsonObject).map(([fate, count]) => `${fate} ${plainText(count)}`);
  const text = membersText({
    ...members,
    objects: counts.join(', '),
    warnings: (warnings as unknown[]).map(messageOf),
  });
  return (
    text +
    fatesText(['index', 'code', 'message', 'key', 'replayedBy'], failures as readonly JsonObject[]) +
    fatesText(
      ['index', 'reason', 'code', 'message', 'key', 'attempts', 'nextAttemptAt'],
      retries as readonly JsonObject[],
    )
  );
}

function messageOf(warning: unknown): string {
  return plainText((warning as JsonObject)['message']);
}

function fatesText(wanted: readonly string[], fates: readonly JsonObject[]): string {
  if (fates.length === 0) return '';
  const columns = filledColumns(wanted, fates);
  return `\n${tableText(
    columns,
    fates.map((fate) => columns.map((column) => fate[column])),
  )}`;
}
