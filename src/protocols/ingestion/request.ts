/**
 * The bodies of the Data Ingestion API: JSON value → typed request, or the first fault.
 * Owns: members, types and defaults of both bodies. Never: knows a workspace, or looks into an object.
 */
import { isJsonObject } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';
import { DEFAULT_PARTITION } from '#model/definitions.ts';
import type { Priority } from '#model/words.ts';

export interface PersonsRequest {
  readonly priority: Priority;
  readonly partitionName: string;
  readonly field1: string;
  readonly field2?: string;
  readonly persons: readonly JsonObject[];
}

export interface CustomObjectsRequest {
  readonly priority: Priority;
  readonly dedupeBy: 'dedupeFields' | 'marketoGUID';
  readonly customObjects: readonly JsonObject[];
}

/** `4000801`: the shape is wrong. `4000802`: the shape is right, a value is not. */
export interface RequestFault {
  readonly code: '4000801' | '4000802';
  /** Names the member, and says what it must be. */
  readonly reason: string;
}

export type Reading<Request> = { readonly request: Request } | { readonly fault: RequestFault };

const PERSONS_MEMBERS = new Set(['priority', 'partitionName', 'dedupeFields', 'persons']);
const CUSTOM_OBJECTS_MEMBERS = new Set(['priority', 'dedupeBy', 'customObjects']);
const DEDUPE_MEMBERS = new Set(['field1', 'field2']);

// A name of the sender's own making appears in the answer, so its length is bounded.
const MAX_QUOTED_CHARACTERS = 100;

/**
 * Reads the body of `POST …/persons`. Every fault of shape is found before any fault of value.
 * `maxObjects` bounds the list at admission; an entry that is in the log already is read without it.
 */
export function readPersonsRequest(json: JsonValue, maxObjects: number = Infinity): Reading<PersonsRequest> {
  const shape = objectFault(json, PERSONS_MEMBERS) ?? personsShapeFault(json as JsonObject);
  if (shape !== undefined) return { fault: shape };
  const body = json as JsonObject;
  const dedupe = (body['dedupeFields'] ?? {}) as JsonObject;
  const fault =
    listFault('persons', body['persons'] as JsonValue[], maxObjects) ??
    choiceFault('priority', body['priority'], ['normal', 'high']) ??
    partitionFault(body['partitionName']) ??
    dedupeFault(dedupe);
  return fault === undefined ? { request: personsRequest(body, dedupe) } : { fault };
}

/** Reads the body of `POST …/customobjects/{customObjectAPIName}`, in the same manner. */
export function readCustomObjectsRequest(
  json: JsonValue,
  maxObjects: number = Infinity,
): Reading<CustomObjectsRequest> {
  const shape = objectFault(json, CUSTOM_OBJECTS_MEMBERS) ?? customObjectsShapeFault(json as JsonObject);
  if (shape !== undefined) return { fault: shape };
  const body = json as JsonObject;
  const fault =
    listFault('customObjects', body['customObjects'] as JsonValue[], maxObjects) ??
    choiceFault('priority', body['priority'], ['normal', 'high']) ??
    choiceFault('dedupeBy', body['dedupeBy'], ['dedupeFields', 'marketoGUID']);
  if (fault !== undefined) return { fault };
  return {
    request: {
      priority: (body['priority'] ?? 'normal') as Priority,
      dedupeBy: (body['dedupeBy'] ?? 'dedupeFields') as CustomObjectsRequest['dedupeBy'],
      customObjects: body['customObjects'] as readonly JsonObject[],
    },
  };
}

function personsRequest(body: JsonObject, dedupe: JsonObject): PersonsRequest {
  const field2 = (dedupe['field2'] ?? undefined) as string | undefined;
  return {
    priority: (body['priority'] ?? 'normal') as Priority,
    partitionName: (body['partitionName'] ?? DEFAULT_PARTITION) as string,
    field1: (dedupe['field1'] ?? 'email') as string,
    ...(field2 !== undefined && { field2 }),
    persons: body['persons'] as readonly JsonObject[],
  };
}

function personsShapeFault(body: JsonObject): RequestFault | undefined {
  return (
    textFault('priority', body['priority']) ??
    textFault('partitionName', body['partitionName']) ??
    dedupeShapeFault(body['dedupeFields']) ??
    requiredListFault('persons', body['persons'])
  );
}

function customObjectsShapeFault(body: JsonObject): RequestFault | undefined {
  return (
    textFault('priority', body['priority']) ??
    textFault('dedupeBy', body['dedupeBy']) ??
    requiredListFault('customObjects', body['customObjects'])
  );
}

function dedupeShapeFault(value: JsonValue | undefined): RequestFault | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) return badRequest("'dedupeFields' must be an object with 'field1' and 'field2'");
  return (
    unknownMemberFault(value, DEDUPE_MEMBERS, " in 'dedupeFields'") ??
    textFault('dedupeFields.field1', value['field1']) ??
    textFault('dedupeFields.field2', value['field2'])
  );
}

function objectFault(json: JsonValue, members: ReadonlySet<string>): RequestFault | undefined {
  if (!isJsonObject(json)) return badRequest('the body must be a JSON object');
  return unknownMemberFault(json, members, '');
}

function unknownMemberFault(body: JsonObject, members: ReadonlySet<string>, place: string): RequestFault | undefined {
  for (const name of Object.keys(body)) {
    if (members.has(name)) continue;
    return badRequest(`unknown member '${quoted(name)}'${place}; known are ${[...members].join(', ')}`);
  }
  return undefined;
}

function textFault(name: string, value: JsonValue | undefined): RequestFault | undefined {
  if (value === undefined || value === null || typeof value === 'string') return undefined;
  return badRequest(`'${name}' must be a string`);
}

function requiredListFault(name: string, value: JsonValue | undefined): RequestFault | undefined {
  if (value === undefined || value === null) return badRequest(`'${name}' is missing`);
  return Array.isArray(value) ? undefined : badRequest(`'${name}' must be an array of objects`);
}

function listFault(name: string, list: readonly JsonValue[], maxObjects: number): RequestFault | undefined {
  if (list.length === 0) return invalidData(`'${name}' is empty`);
  if (list.length > maxObjects) {
    return invalidData(`'${name}' has ${list.length} objects, at most ${maxObjects} are allowed`);
  }
  const stranger = list.findIndex((entry) => !isJsonObject(entry));
  return stranger === -1 ? undefined : invalidData(`'${name}[${stranger}]' is not an object`);
}

function choiceFault(name: string, value: JsonValue | undefined, choices: readonly string[]): RequestFault | undefined {
  if (value === undefined || value === null || choices.includes(value as string)) return undefined;
  return invalidData(`'${name}' must be ${choices.map((choice) => `'${choice}'`).join(' or ')}`);
}

function partitionFault(value: JsonValue | undefined): RequestFault | undefined {
  return value === '' ? invalidData("'partitionName' is empty") : undefined;
}

function dedupeFault(dedupe: JsonObject): RequestFault | undefined {
  const missing = (dedupe['field1'] ?? null) === null && (dedupe['field2'] ?? null) !== null;
  return missing ? invalidData("'dedupeFields.field2' is given without 'dedupeFields.field1'") : undefined;
}

function badRequest(reason: string): RequestFault {
  return { code: '4000801', reason };
}

function invalidData(reason: string): RequestFault {
  return { code: '4000802', reason };
}

function quoted(name: string): string {
  return name.length > MAX_QUOTED_CHARACTERS ? `${name.slice(0, MAX_QUOTED_CHARACTERS)}…` : name;
}
