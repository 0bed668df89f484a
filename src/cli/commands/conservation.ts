import type { ClientAnswer, ClientCall, ClientCommand } from '#cli/client-command.ts';
import { plainText } from '#cli/plain-text.ts';
import { tableText } from '#cli/table.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';

export const CONSERVATION_COMMAND: ClientCommand = {
  usage: 'conservation',
  description:
    'Check that every object received has one fate, in each workspace or the one that is named; exit code 1 when not',
  scope: 'server',
  run: conservation,
};

const COUNTS = [
  'received',
  'created',
  'updated',
  'stored',
  'deleted',
  'failed',
  'pending',
  'backlog',
  'difference',
] as const;

async function conservation(call: ClientCall): Promise<ClientAnswer> {
  if (call.workspacePath !== '') {
    const account = await call.api.get(`${call.workspacePath}/conservation`);
    return answerOf(account, [account]);
  }
  const first = await call.api.get('/v1/conservation?limit=1000');
  const { items } = await call.api.list('', Infinity, first);
  return answerOf({ ...first, items, next: undefined }, items);
}

function answerOf(
  json: Readonly<Record<string, JsonValue | undefined>>,
  accounts: readonly JsonObject[],
): ClientAnswer {
  const rows = accounts.flatMap(({ munchkinId, lanes }) =>
    Object.entries((lanes ?? {}) as JsonObject).map(([lane, counts]) => [
      munchkinId,
      lane,
      ...COUNTS.map((count) => (counts as JsonObject)[count]),
    ]),
  );
  const isHeld = json['holds'] === true;
  return {
    json,
    text: tableText(['workspace', 'lane', ...COUNTS], rows),
    note: noteOf(isHeld, Number(json['unread'] ?? 0)),
    ...(!isHeld && { failed: true }),
  };
}

function noteOf(isHeld: boolean, unread: number): string {
  if (isHeld) return 'It adds up: every object received has one fate.';
  if (unread > 0)
    return `The stores of ${plainText(unread)} workspaces do not answer: nobody knows whether they add up.`;
  return 'It does not add up: above 0, difference tells how many objects are missing; below, how many count twice.';
}
