/**
 * The checks of the Data Ingestion API that need the body.
 * Owns: what is left of row 8, and row 9, of the table in docs/specs/gateway.md. Never: changes a definition.
 */
import type { Workspace } from '#model/definitions.ts';
import { decodeUtf8, isUnholdable, JsonError, parseJson } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';
import { dedupeProblem } from '#model/object-rules.ts';
import type { Lane } from '#model/words.ts';
import type { Answer } from '#protocols/answer.ts';
import { refuseIngestion } from '#protocols/ingestion/errors.ts';
import { outlineOf } from '#protocols/outline.ts';
import { readCustomObjectsRequest, readPersonsRequest } from '#protocols/ingestion/request.ts';
import type { PersonsRequest } from '#protocols/ingestion/request.ts';
import { fieldsPlace } from './ingestion-case.ts';
import type { HeadedCase } from './ingestion-case.ts';
import { nameNewFields } from './ingestion-fields.ts';

/** What the gateway needs to know of a body that may pass. */
export interface AdmittedBody {
  readonly lane: Lane;
  readonly objects: number;
  /** A partition that this request is the first to name. */
  readonly newPartition?: string;
  /** Present when they name fields that nobody has defined and that are to be made. */
  readonly objectsWithNewFields?: readonly JsonObject[];
}

export type Admission = AdmittedBody | { readonly refusal: Answer };

/** Partitions are made by requests, so their number and length are bounded (law 6). */
const MAX_PARTITIONS = 1000;
const MAX_PARTITION_CHARACTERS = 255;

/** The first fault of the body, or what it holds. */
export function admitBody(given: HeadedCase, body: Uint8Array): Admission {
  return admitOutline(given, body) ?? admitWhole(given, body);
}

// Nearly every body. What cannot pass in this way is parsed as a whole, which tells the fault as well.
function admitOutline(given: HeadedCase, body: Uint8Array): AdmittedBody | undefined {
  if (looksIntoObjects(given)) return undefined;
  const outline = outlineOf(body, given.path.kind === 'person' ? 'persons' : 'customObjects');
  if (outline === undefined || outline.objects > given.state.parts.options.maxObjects) return undefined;
  const admitted = admitJson(given, outline.json);
  return 'refusal' in admitted ? undefined : { ...admitted, objects: outline.objects };
}

function admitWhole(given: HeadedCase, body: Uint8Array): Admission {
  const json = readJson(body);
  return 'refusal' in json ? json : admitJson(given, json.value);
}

function admitJson(given: HeadedCase, json: JsonValue): Admission {
  return given.path.kind === 'person' ? admitPersons(given, json) : admitCustomObjects(given, json);
}

function readJson(body: Uint8Array): { readonly value: JsonValue } | { readonly refusal: Answer } {
  const text = decodeUtf8(body);
  if (text === undefined) return { refusal: refuseIngestion('4000801', { reason: 'the body is not UTF-8' }) };
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { refusal: refuseIngestion('4000801', { reason: `the body is not JSON: ${error.message}` }) };
  }
}

function admitPersons(given: HeadedCase, json: JsonValue): Admission {
  const { state, workspace } = given;
  const { maxObjects, createPartitions } = state.parts.options;
  const reading = readPersonsRequest(json, maxObjects);
  if ('fault' in reading) return { refusal: refuseIngestion(reading.fault.code, reading.fault) };
  const { request } = reading;
  const problem =
    partitionProblem(workspace, request, createPartitions) ?? dedupeProblem(workspace, request.field1, request.field2);
  if (problem !== undefined) return { refusal: refuseIngestion('4000802', { reason: problem }) };
  return {
    lane: request.priority,
    objects: request.persons.length,
    ...(!workspace.partitions.has(request.partitionName) && { newPartition: request.partitionName }),
    ...withNewFields(given, request.persons),
  };
}

function admitCustomObjects(given: HeadedCase, json: JsonValue): Admission {
  const reading = readCustomObjectsRequest(json, given.state.parts.options.maxObjects);
  if ('fault' in reading) return { refusal: refuseIngestion(reading.fault.code, reading.fault) };
  const { priority, customObjects } = reading.request;
  return { lane: priority, objects: customObjects.length, ...withNewFields(given, customObjects) };
}

function withNewFields(given: HeadedCase, objects: readonly JsonObject[]): Pick<AdmittedBody, 'objectsWithNewFields'> {
  if (!looksIntoObjects(given)) return {};
  return nameNewFields(given.state.parts, fieldsPlace(given), objects) ? { objectsWithNewFields: objects } : {};
}

function looksIntoObjects({ state }: HeadedCase): boolean {
  return state.parts.options.unknownFields !== 'reject';
}

function partitionProblem(
  { partitions }: Workspace,
  { partitionName }: PersonsRequest,
  createPartitions: boolean,
): string | undefined {
  if (partitions.has(partitionName)) return undefined;
  if (!createPartitions) return "'partitionName' names no partition of this subscription";
  if (partitionName.length > MAX_PARTITION_CHARACTERS) {
    return `'partitionName' is longer than ${MAX_PARTITION_CHARACTERS} characters`;
  }
  // Stores would keep another name, under which nobody finds its persons.
  if (isUnholdable(partitionName)) return "'partitionName' holds a lone surrogate or NUL; remove it";
  if (partitions.size < MAX_PARTITIONS) return undefined;
  return `'partitionName' would be a new partition, and there are ${MAX_PARTITIONS} already`;
}
