import type { ClientFlag, ClientGroup } from '#cli/client-command.ts';
import { listAnswer, listFlags } from '#cli/list-answer.ts';

/** What picks failed objects. */
export const FAILURE_FILTERS: readonly ClientFlag[] = [
  { name: 'kind', placeholder: 'KIND', help: 'person, customObject or event' },
  { name: 'type', placeholder: 'TYPE', help: 'persons, the API name of a custom object type, or database.table' },
  { name: 'code', placeholder: 'CODE', help: 'only failures with this code, such as 1003' },
  { name: 'request-id', placeholder: 'REQUEST_ID', help: 'only objects of this request' },
];

const LIST_FILTERS: readonly ClientFlag[] = [
  ...FAILURE_FILTERS,
  {
    name: 'replayed',
    placeholder: 'BOOLEAN',
    help: 'true: only those that a replay has tried again; false: the others',
  },
];

export const QUARANTINE_GROUP: ClientGroup = {
  name: 'quarantine',
  description: 'Objects that failed, with their reasons',
  commands: [
    {
      usage: 'list',
      description: 'List failed objects; --json shows the objects themselves too',
      flags: listFlags(LIST_FILTERS),
      run: (call) =>
        listAnswer(call, {
          path: '/quarantine',
          filters: LIST_FILTERS,
          columns: ['requestId', 'index', 'type', 'code', 'message', 'key', 'attempts', 'failedAt', 'replayedBy'],
        }),
    },
  ],
};
