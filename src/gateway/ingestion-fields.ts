/**
 * Makes the fields that objects name and nobody has defined (`--unknown-fields add`; docs/specs/gateway.md, G6).
 * Owns: that they are there before the entry is, within the limits of the admin API. Never: does anything in the
 * other mode, or refuses a request: an object whose field could not be made fails in the applier, with 1006.
 */
import { must } from '#kit/assert.ts';
import type { Workspace } from '#model/definitions.ts';
import { MAX_FIELDS } from '#model/custom-object-rules.ts';
import { inferFields } from '#model/field-inference.ts';
import { decideField, decidePersonField, personFieldsLeft } from '#model/field-rules.ts';
import type { WantedField } from '#model/field-rules.ts';
import type { CustomObjectType } from '#model/field.ts';
import type { JsonObject } from '#model/json.ts';
import type { MunchkinId } from '#model/words.ts';
import type { GatewayParts } from './parts.ts';

/** Where the objects of a request belong. */
export interface FieldsPlace {
  readonly workspace: MunchkinId;
  /** Of custom objects: their type. Absent: persons. */
  readonly apiName?: string;
}

type FieldParts = Pick<GatewayParts, 'control' | 'change' | 'clock'>;

/** Whether some field has to be made before these objects can be applied. Costs a look at each of their members. */
export function nameNewFields(parts: FieldParts, place: FieldsPlace, objects: readonly JsonObject[]): boolean {
  return place.apiName === undefined
    ? newPersonFields(workspaceOf(parts, place), objects).length > 0
    : newTypeFields(typeOf(parts, place), objects).length > 0;
}

/**
 * Makes them. Resolves once they are durable. Of requests that come at once with values of different types for one
 * field the first makes it; what the others bring is judged by it. Rejects as control does.
 */
export function makeNewFields(parts: FieldParts, place: FieldsPlace, objects: readonly JsonObject[]): Promise<void> {
  return parts.change(() =>
    place.apiName === undefined ? makePersonFields(parts, place, objects) : makeTypeFields(parts, place, objects),
  );
}

async function makePersonFields(parts: FieldParts, place: FieldsPlace, objects: readonly JsonObject[]): Promise<void> {
  for (const wanted of newPersonFields(workspaceOf(parts, place), objects)) {
    await parts.control.putPersonField(place.workspace, decidePersonField(workspaceOf(parts, place), wanted));
  }
}

async function makeTypeFields(parts: FieldParts, place: FieldsPlace, objects: readonly JsonObject[]): Promise<void> {
  const type = typeOf(parts, place);
  const added = newTypeFields(type, objects).map((wanted) => decideField(undefined, wanted, ''));
  if (added.length === 0) return;
  const fields = [...type.fields, ...added];
  await parts.control.putCustomObject(place.workspace, { ...type, fields, updatedAt: parts.clock.now() });
}

function newPersonFields(workspace: Workspace, objects: readonly JsonObject[]): readonly WantedField[] {
  return inferFields(objects, workspace.personFields, personFieldsLeft(workspace));
}

function newTypeFields({ fields }: CustomObjectType, objects: readonly JsonObject[]): readonly WantedField[] {
  const defined = new Set(fields.map(({ name }) => name.toLowerCase()));
  return inferFields(objects, defined, Math.max(0, MAX_FIELDS - fields.length));
}

function workspaceOf({ control }: FieldParts, { workspace }: FieldsPlace): Workspace {
  return must(control.definitions().workspaces.get(workspace), 'a client has a workspace');
}

function typeOf(parts: FieldParts, place: FieldsPlace): CustomObjectType {
  const { customObjects } = workspaceOf(parts, place);
  return must(customObjects.get(String(place.apiName).toLowerCase()), 'the type has been found');
}
