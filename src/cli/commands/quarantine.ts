import type { ClientFlag, ClientGroup } from '#cli/client-command.ts';
import { listAnswer, listFlags } from '#cli/list-answer.ts';

const FILTERS: readonly ClientFlag[] = [
  { name: 'kind', placeholder: 'KIND', help: 'person, customObject or event' },
  { name: 'code', placeholder: 'CODE', help: 'only failures with this code, such as 1003' },
  { name: 'request-id', placeholder: 'REQUEST_ID', help: 'only objects of this request' },
];

export const QUARANTINE_GROUP: ClientGroup = {
  name: 'quarantine',
  description: 'Objects that failed, with their reasons',
  commands: [
    {
      usage: 'list',
      description: 'List failed objects; --json shows the objects themselves too',
      flags: listFlags(FILTERS),
      run: (call) =>
        listAnswer(call, {
          path: '/quarantine',
          filters: FILTERS,
          columns: ['requestId', 'index', 'type', 'code', 'message', 'key', 'failedAt'],
        }),
    },
  ],
};
