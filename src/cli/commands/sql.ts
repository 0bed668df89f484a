import { durationFlag } from '#cli/client-command.ts';
import type { ClientAnswer, ClientCall, ClientCommand } from '#cli/client-command.ts';
import { tableText } from '#cli/table.ts';
import type { RequestBody } from '#cli/api-client.ts';
import { parseJson } from '#model/json.ts';
import type { JsonObject } from '#model/json.ts';

export const SQL_COMMAND: ClientCommand = {
  usage: 'sql [query]',
  description: 'Run one SELECT statement; without an operand, or with -, it is read from standard input',
  flags: [
    { name: 'after', placeholder: 'REQUEST_ID', help: 'wait until the objects of this request have been decided' },
    {
      name: 'param',
      placeholder: 'JSON',
      help: 'value of the next placeholder; what is not JSON is a string',
      many: true,
    },
    { name: 'timeout', placeholder: 'DURATION', help: 'for waiting and running together, such as 10s (default: 30s)' },
  ],
  run: runQuery,
};

async function runQuery(call: ClientCall): Promise<ClientAnswer> {
  const [operand = '-'] = call.operands;
  const query = operand === '-' ? await call.readStdin() : operand;
  const answer = await call.api.post(`${call.workspacePath}/sql`, requestBody(call, query));
  const columns = answer['columns'] as readonly { readonly name: string }[];
  const rows = answer['rows'] as readonly (readonly unknown[])[];
  const text = tableText(
    columns.map(({ name }) => name),
    rows.map((row) => row.map(cell)),
  );
  return { json: answer, text, note: summary(answer, rows.length) };
}

function requestBody(call: ClientCall, query: string): RequestBody {
  const timeoutMs = durationFlag(call, 'timeout');
  const after = call.flag('after');
  const params = call.flags('param').map(paramValue);
  return {
    query,
    ...(after === undefined ? {} : { after }),
    ...(params.length === 0 ? {} : { params }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function paramValue(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

// An empty string and the absence of a value must look different.
function cell(value: unknown): unknown {
  return value === null ? 'NULL' : value;
}

function summary(answer: JsonObject, rows: number): string {
  const end = answer['truncated'] === true ? '; the answer was cut there, add LIMIT or conditions' : '';
  return `${rows} ${rows === 1 ? 'row' : 'rows'} in ${Math.round(Number(answer['elapsedMs']))} ms${end}`;
}
