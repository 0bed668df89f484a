/** Steps whose requests are refused, and what each refusal says. */
import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Answer, Body } from '../../support/server/http.ts';
import { requestIdOf } from '../../support/server/workspace.ts';
import type { Step, World } from './world.ts';

/** Status and documented text by code, as the seed has them; 5030801 is Inlet's own. */
const DOCUMENTED: Readonly<Record<string, readonly [status: number, message: string]>> = {
  '401013': [401, 'Oauth token is invalid'],
  '403010': [403, 'Oauth token is missing'],
  '404040': [404, 'Resource not found'],
  '429001': [429, 'Service usage limit reached'],
  '4000801': [400, 'Bad request'],
  '4000802': [400, 'Invalid data'],
  '4030801': [403, 'Unauthorized'],
  '4290801': [429, 'Daily quota reached'],
  '5000801': [500, 'Internal Server Error'],
  '5030801': [503, 'Service unavailable'],
};

/** What is sent, besides the right token and content type. */
export interface Wrong {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Body | object | readonly Body[];
}

const GOOD = '{"persons":[{"email":"good@row"}]}';

/** `path` follows `/subscriptions/{munchkinId}/`, unless it begins with a slash. */
export async function sendWrong(world: World, wrong: Wrong): Promise<Answer> {
  const { path = 'persons', method = 'POST', headers } = wrong;
  const own = { 'Content-Type': 'application/json', 'X-Mkto-User-Token': await world.workspace.token() };
  const all = Object.entries({ ...own, ...headers }).filter(([, value]) => value !== undefined);
  return world.workspace.send({
    method,
    path: path.startsWith('/') ? path : `/subscriptions/${world.workspace.credentials.munchkinId}/${path}`,
    headers: Object.fromEntries(all),
    ...(method === 'POST' && { body: sentBody(world, wrong.body) }),
  });
}

function sentBody(world: World, body: Wrong['body'] = GOOD): Body | readonly Body[] {
  if (body instanceof Uint8Array || Array.isArray(body)) return body as Body | readonly Body[];
  return world.ownText(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Exactly the members `error_code` and `message`: the documented text, and perhaps `: ` and a reason. */
export function assertRefused(answer: Answer, code: string, reason: string = ''): void {
  const [status, message] = DOCUMENTED[code] ?? [0, ''];
  assert.equal(answer.headers['content-type'], 'application/json');
  const said = JSON.parse(answer.text) as { error_code: string; message: string };
  assert.deepEqual(Object.keys(said), ['error_code', 'message']);
  assert.equal(said.error_code, code, answer.text);
  if (answer.status !== 405) assert.equal(answer.status, status);
  assert.ok(said.message === message || said.message.startsWith(`${message}: `), said.message);
  assert.ok(said.message.includes(reason), `${said.message} names ${reason}`);
  requestIdOf(answer);
}

/** Each of these is refused with the same code. */
export function refuses(code: string, ...wrongs: readonly Wrong[]): Step {
  return async (world) => {
    for (const wrong of wrongs) assertRefused(await sendWrong(world, wrong), code);
  };
}

/** Each of these is accepted. */
export function accepts(...sent: readonly Wrong[]): Step {
  return async (world) => {
    for (const each of sent) {
      const answer = await sendWrong(world, each);
      assert.deepEqual([answer.status, answer.text], [202, '']);
    }
  };
}
