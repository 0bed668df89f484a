/**
 * Requests of the Data Ingestion API as tests send them, and refusals as tests read them.
 * Owns: what a good request looks like. Never: judges which refusal is right.
 */
import assert from 'node:assert/strict';
import { WORKSPACE } from './gateway.ts';
import type { Body, RunningGateway } from './gateway.ts';

export const PERSONS: string = `/subscriptions/${WORKSPACE}/persons`;
const BODY = '{"persons":[{"email":"a@b.example"}]}';

/** What a request is made of; `token` null sends none. */
export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  readonly body?: Body;
}

export async function send(running: RunningGateway, sent: Sent = {}): Promise<Response> {
  const { method = 'POST', path = PERSONS, query = '', token = await running.token(), headers, body = BODY } = sent;
  return running.fetch(path + query, {
    method,
    headers: { 'Content-Type': 'application/json', ...(token !== null && { 'X-Mkto-User-Token': token }), ...headers },
    ...(method !== 'GET' && { body }),
  });
}

export async function refusal(response: Response): Promise<{ status: number; code: string; message: string }> {
  const text = await response.text();
  const body = JSON.parse(text) as { error_code: string; message: string };
  assert.deepEqual(Object.keys(body), ['error_code', 'message']);
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.ok(response.headers.get('x-request-id'));
  assert.doesNotMatch(text, /\.ts:|node:internal| at \S+ \(/, 'no stack trace');
  return { status: response.status, code: body.error_code, message: body.message };
}
