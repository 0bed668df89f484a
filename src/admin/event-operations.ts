/**
 * What the OpenAPI document says of the ways in for events: the Postback API, and what Treasure Data's SDKs send.
 * The gateway serves them, with checks and codes of their own: docs/specs/collection.md.
 */
import type { OpenAPIV3 } from 'openapi-types';
import { anyObject, inPath, inQuery, json, refusals } from './operation-parts.ts';
import type { Operation, Parameter, Schema } from './operation-parts.ts';

const name: Schema = { type: 'string', pattern: '^[A-Za-z0-9_]{1,255}$' };
const TABLE: Parameter[] = [inPath('database', name), inPath('table', name)];
const KEYS = [{ writeKeyHeader: [] }, { writeKeyQuery: [] }, { tdKey: [] }];

const refusal: Schema = {
  type: 'object',
  required: ['error', 'message'],
  properties: { error: { type: 'string' }, message: { type: 'string' } },
};

const REFUSALS: Readonly<Record<string, string>> = {
  400: 'A name, the query or the body is not good',
  403: 'The key is missing, unknown, or not allowed to write there',
  413: 'The body is larger than it may be, after inflation',
  429: 'Too much at once; see Retry-After',
  503: 'The log cannot take it; see Retry-After',
};

interface WayIn {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: Record<string, OpenAPIV3.MediaTypeObject>;
  /** What the answer holds, by content type. */
  readonly answer: Record<string, OpenAPIV3.MediaTypeObject>;
  /** Answers besides these. */
  readonly more?: OpenAPIV3.ResponsesObject;
  /** Where one of {@link REFUSALS} cannot come. */
  readonly without?: readonly string[];
}

function wayIn({ operationId, summary, parameters = [], body, answer, more = {}, without = [] }: WayIn): Operation {
  const told = Object.entries(REFUSALS).filter(([status]) => !without.includes(status));
  return {
    tags: ['events'],
    operationId,
    summary,
    security: KEYS,
    parameters: [...parameters],
    ...(body !== undefined && { requestBody: { required: true, content: body } }),
    responses: {
      200: { description: 'Durable', content: answer },
      ...more,
      ...refusals(refusal, Object.fromEntries(told)),
    },
  };
}

const nothing = json({ type: 'object', maxProperties: 0 });
const image = { 'image/gif': { schema: { type: 'string', format: 'binary' } } } as const;
const script = { 'application/javascript': { schema: { type: 'string' } } } as const;
const events = json({ oneOf: [anyObject, { type: 'array', items: anyObject, minItems: 1, maxItems: 10_000 }] });
const form = { 'application/x-www-form-urlencoded': { schema: anyObject } };

const postEvent = wayIn({
  operationId: 'postEvent',
  summary: 'Take in an event, or up to 10,000 of them, of at most 1,048,064 bytes',
  parameters: TABLE,
  body: { ...events, ...form },
  answer: nothing,
});

// Any further parameter is a column of the event.
const getEvent = wayIn({
  operationId: 'getEvent',
  summary: 'Take in an event whose members stand in the query; as a pixel, or to be sent on',
  parameters: [
    ...TABLE,
    inQuery('td_format', 'With `pixel` the answer is a transparent image', { type: 'string', enum: ['pixel'] }),
    inQuery('td_redirect', 'Where to go once the event is durable; a host of --redirect-hosts', {
      type: 'string',
      format: 'uri',
    }),
  ],
  answer: { ...nothing, ...image },
  more: { 302: { description: 'Durable; on to td_redirect' } },
  without: ['413'],
});

const receipt: Schema = {
  type: 'object',
  required: ['success'],
  properties: {
    success: { type: 'boolean' },
    uuid: { type: 'string', format: 'uuid' },
    error: {
      type: 'object',
      required: ['name', 'description'],
      properties: { name: { type: 'string' }, description: { type: 'string' } },
    },
  },
};
const receipts: Schema = { type: 'array', items: receipt };

const records: Schema = { type: 'array', items: anyObject, minItems: 1, maxItems: 500 };
const batch: Schema = {
  oneOf: [
    { type: 'object', required: ['events'], properties: { events: records } },
    { type: 'object', required: ['records'], properties: { records } },
  ],
};

const postRecords = wayIn({
  operationId: 'postRecords',
  summary: 'Take in up to 500 records, each with a receipt; with another content type, as the Postback API',
  parameters: TABLE,
  body: {
    'application/vnd.treasuredata.v1+json': { schema: batch },
    'application/vnd.treasuredata.v1.js+json': { schema: batch },
    'application/vnd.treasuredata.v1.mobile+json': { schema: batch },
    'application/vnd.treasuredata.v1.single+json': { schema: anyObject },
    ...events,
  },
  answer: json({ oneOf: [{ type: 'object', required: ['receipts'], properties: { receipts } }, anyObject] }),
});

const callback = inQuery('callback', 'Name of the function that the answer calls', {
  type: 'string',
  pattern: '^[A-Za-z_$][\\w$.]{0,127}$',
});
const recordParameter = inQuery('data', 'The record, as base64 of JSON');

const getJsEvent = wayIn({
  operationId: 'getJsEvent',
  summary: 'Take in a record of td-js-sdk 1 to 3 from a script tag',
  parameters: [...TABLE, { ...recordParameter, required: true }, callback],
  answer: { ...script, ...nothing },
  without: ['413'],
});

const postJsEvent: Operation = {
  ...wayIn({
    operationId: 'postJsEvent',
    summary: 'The same by POST, with the record in the query or as the body',
    parameters: [...TABLE, recordParameter, callback],
    answer: { ...nothing, ...script },
  }),
  requestBody: { content: events },
};

const list: Schema = { type: 'array', items: anyObject };

function postMobileEvents(operationId: string): Operation {
  return wayIn({
    operationId,
    summary: 'Take in events of an older mobile SDK, by "database.table", each with a receipt',
    parameters: [{ name: 'X-TD-Data-Type', in: 'header', required: true, schema: { type: 'string', enum: ['k'] } }],
    body: json({ type: 'object', minProperties: 1, maxProperties: 100, additionalProperties: list }),
    answer: json({ type: 'object', additionalProperties: receipts }),
  });
}

function globalId(operationId: string, parameters: readonly Parameter[]): Operation {
  const id: Schema = { type: 'string', format: 'uuid' };
  return {
    tags: ['events'],
    operationId,
    summary: "The browser's global id, which its cookie keeps",
    security: [],
    parameters: [...parameters],
    responses: {
      200: {
        description: 'The id',
        content: { ...json({ type: 'object', properties: { global_id: id } }), ...script },
      },
      ...refusals(refusal, { 400: 'callback is no name of a function' }),
    },
  };
}

/** By path, as the OpenAPI document lists them. */
export const EVENT_PATHS: OpenAPIV3.PathsObject = {
  '/postback/v3/event/{database}/{table}': { get: getEvent, post: postEvent },
  '/{database}/{table}': { post: postRecords },
  '/js/v3/event/{database}/{table}': { get: getJsEvent, post: postJsEvent },
  '/js/v3/event': { post: postMobileEvents('postJsMobileEvents') },
  '/ios/v3/event': { post: postMobileEvents('postIosEvents') },
  '/android/v3/event': { post: postMobileEvents('postAndroidEvents') },
  '/js/v3/global_id': { get: globalId('getGlobalId', [callback]) },
  '/js/v3/enable_global_id': { get: globalId('enableGlobalId', [callback]) },
  // Asked for with the content type of the SDK's records, which OpenAPI cannot say of a GET.
  '/': { get: globalId('getGlobalIdAtRoot', []) },
};
