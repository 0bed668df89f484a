/** A field that a body asks for → a field of a draft: what a link names is found, and gives the field its type. */
import { isKeyType } from '#model/custom-object-rules.ts';
import type { DraftField } from '#model/custom-object-draft.ts';
import type { Workspace } from '#model/definitions.ts';
import { refuseSystemColumn } from '#model/field-rules.ts';
import type { FieldDefinition } from '#model/field.ts';
import { restError, shown } from '#protocols/marketo-rest/errors.ts';
import type { WantedTypeField } from '#protocols/marketo-rest/type-requests.ts';

const LEAD = 'lead';

/** Throws a {@link RestError} (1003) for a link that leads nowhere, and DefinitionError for a name of the system's. */
export function draftField(workspace: Workspace, wanted: WantedTypeField): DraftField {
  const { name, displayName, description, dataType, isDedupeField, relatedTo } = wanted;
  refuseSystemColumn(name);
  const common = { name, displayName, isDedupeField, ...(description !== undefined && { description }) };
  if (dataType !== 'link' || relatedTo === undefined)
    return { ...common, dataType: dataType === 'link' ? 'string' : dataType };
  const target = linkTarget(workspace, relatedTo);
  const { length } = target;
  return { ...common, dataType: target.dataType, personField: target.name, ...(length !== undefined && { length }) };
}

function linkTarget(
  workspace: Workspace,
  { name, field }: { readonly name: string; readonly field: string },
): FieldDefinition {
  if (name.toLowerCase() !== LEAD) {
    throw restError('1003', `relatedTo names '${shown(name)}'; objects are linked to '${LEAD}' alone`);
  }
  const wanted = field.toLowerCase();
  const fields = [...workspace.personFields.values()];
  const target =
    workspace.personFields.get(wanted) ?? fields.find(({ displayName }) => displayName.toLowerCase() === wanted);
  if (target !== undefined && isKeyType(target.dataType)) return target;
  const remedy = 'GET /rest/v1/customobjects/schema/linkableObjects.json lists those that can';
  throw restError('1003', `a link cannot name the lead field '${shown(field)}'; ${remedy}`);
}
