import type { RequestBody } from '#cli/api-client.ts';
import { LIMIT_FLAG, durationFlag } from '#cli/client-command.ts';
import type { ClientAnswer, ClientCall, ClientCommand } from '#cli/client-command.ts';
import { CommandError, EXIT_CODES } from '#cli/exit-codes.ts';
import { fileKey } from '#config/options.ts';
import { FAILURE_FILTERS } from './quarantine.ts';
import { rehearsalAnswer, replayAnswer } from './replay-answer.ts';
import { rehearseAll, replayAll } from './replay-calls.ts';

const DEFAULT_TIMEOUT_MS = 300_000;

export const REPLAY_COMMAND: ClientCommand = {
  usage: 'replay',
  description:
    'Try failed objects again, as new requests, and tell what became of them; exit code 1 when one of them failed again',
  flags: [
    ...FAILURE_FILTERS,
    {
      name: 'object',
      placeholder: 'REQUEST_ID/INDEX',
      help: 'instead of a filter: one failed object',
      many: true,
    },
    { name: 'all', help: 'instead of a filter: everything in the quarantine that no replay has tried' },
    { name: 'dry-run', help: 'tell what would become of each, and change nothing' },
    { name: 'timeout', placeholder: 'DURATION', help: 'how long to wait for their fates (default: 5m)' },
    { ...LIMIT_FLAG, help: 'most rows of a table (default: 100)' },
  ],
  run: replay,
};

async function replay(call: ClientCall): Promise<ClientAnswer> {
  const wanted = wantedObjects(call);
  if (call.isSet('dry-run')) return rehearsalAnswer(call, await rehearseAll(call, wanted));
  const timeoutMs = durationFlag(call, 'timeout') ?? DEFAULT_TIMEOUT_MS;
  return replayAnswer(call, await replayAll(call, wanted, timeoutMs));
}

function wantedObjects(call: ClientCall): RequestBody {
  const filter = Object.fromEntries(
    FAILURE_FILTERS.flatMap(({ name }) => {
      const value = call.flag(name);
      return value === undefined ? [] : [[fileKey(name), value]];
    }),
  );
  const objects = call.flags('object').map(namedObject);
  const ways = [Object.keys(filter).length > 0, objects.length > 0, call.isSet('all')];
  if (ways.filter(Boolean).length === 1) return objects.length > 0 ? { objects } : { filter };
  const names = FAILURE_FILTERS.map(({ name }) => `--${name}`).join(', ');
  throw new CommandError(
    EXIT_CODES.usage,
    ways.includes(true)
      ? `Say what to replay in one way alone: a filter (${names}), --object, or --all, which takes no filter.`
      : `Say what to replay: by ${names}, by --object, or --all.`,
  );
}

function namedObject(text: string): { readonly requestId: string; readonly index: number } {
  const { requestId, index } = /^(?<requestId>[\da-fA-F-]{36})\/(?<index>\d{1,9})$/u.exec(text)?.groups ?? {};
  if (requestId !== undefined) return { requestId, index: Number(index) };
  throw new CommandError(
    EXIT_CODES.usage,
    `--object ${text}: must be REQUEST_ID/INDEX, as inlet quarantine lists them.`,
  );
}
