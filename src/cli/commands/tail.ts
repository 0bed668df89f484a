import { LiveJournal } from '#cli/live-journal.ts';
import type { FollowCall, FollowingCommand } from '#cli/client-command.ts';
import { CommandError, EXIT_CODES } from '#cli/exit-codes.ts';
import { OPTION_TYPES } from '#config/option-types.ts';
import { parseJson } from '#model/json.ts';
import type { JsonObject } from '#model/json.ts';
import { eventText } from './tail-text.ts';

export const TAIL_COMMAND: FollowingCommand = {
  usage: 'tail',
  description: 'Follow the journal as it grows, across interruptions and without a gap, until Ctrl-C',
  flags: [
    { name: 'type', placeholder: 'TYPE', help: 'only events of this type: results, metrics or status', many: true },
    { name: 'request-id', placeholder: 'REQUEST_ID', help: 'only events that speak of this request' },
    {
      name: 'from',
      placeholder: 'TIME',
      help: 'begin with this time, such as 2026-11-23T10:00:00Z, or so long ago, such as 2h (default: now)',
    },
    { name: 'since', placeholder: 'POSITION', help: 'begin behind this position, or with the oldest event: oldest' },
  ],
  follow: tail,
};

async function tail(call: FollowCall): Promise<void> {
  const { api, stopped, remark, asJson } = call;
  const journal = new LiveJournal({ api, path: livePath(call), stopped, remark });
  for await (const { position, event } of journal.events()) {
    // The event's own text: its numbers stay as they are (law 10).
    await call.print(asJson ? `{"position":${JSON.stringify(position)},"event":${event}}\n` : textOf(event));
  }
  if (journal.place !== undefined && !asJson) remark(`Go on from here with: inlet tail --since ${journal.place}`);
}

function textOf(event: string): string {
  return eventText(parseJson(event) as JsonObject);
}

function livePath(call: FollowCall): string {
  const query = new URLSearchParams();
  for (const type of call.flags('type')) query.append('type', type);
  const requestId = call.flag('request-id');
  if (requestId !== undefined) query.set('requestId', requestId);
  const from = call.flag('from');
  if (from !== undefined) query.set('from', timeOf(from));
  const since = call.flag('since');
  if (since !== undefined) query.set('since', since);
  const text = query.toString();
  return `${call.workspacePath}/journal/live${text === '' ? '' : `?${text}`}`;
}

// The server says what is wrong with a time that is none.
function timeOf(text: string): string {
  if (text.includes('-') || text.includes(':')) return text;
  const parsed = OPTION_TYPES.duration.parse(text, {});
  if ('value' in parsed) return new Date(Date.now() - parsed.value).toISOString();
  throw new CommandError(
    EXIT_CODES.usage,
    '--from must be a time such as 2026-11-23T10:00:00Z, or a duration such as 2h.',
  );
}
