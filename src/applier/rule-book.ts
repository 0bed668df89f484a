/**
 * The rules for objects by what their requests said, each made once.
 * Owns: nothing; the definitions are those of one moment. Never: sees an object.
 */
import type { Workspace } from '#model/definitions.ts';
import { customObjectRules, dedupeProblem, personRules } from '#model/object-rules.ts';
import type { Manner, ObjectRules } from '#model/object-rules.ts';
import type { CustomObjectSettings, PersonSettings } from '#model/object-settings.ts';
import type { ObjectFailure } from '#model/upsert-run.ts';

/** Rules, or why objects with such settings fail: their type or their dedupe attribute is gone. */
export type Ruling = Ruled | { readonly failure: ObjectFailure };

export interface Ruled {
  readonly rules: ObjectRules;
  /** `persons`, or the API name in its declared spelling. */
  readonly type: string;
}

export class RuleBook {
  readonly #workspace: Workspace;
  // Equal settings give the same rules, since a run holds objects of the same rules.
  readonly #rulings = new Map<string, Ruling>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  rulingFor(settings: PersonSettings | CustomObjectSettings, wantsIdentities: boolean): Ruling {
    const manner = { action: settings.action ?? 'createOrUpdate', wantsIdentities };
    const name = nameOf(settings, manner);
    const known = this.#rulings.get(name);
    if (known !== undefined) return known;
    const made = settings.kind === 'person' ? this.#persons(settings, manner) : this.#customObjects(settings, manner);
    this.#rulings.set(name, made);
    return made;
  }

  #persons({ dedupeFields }: PersonSettings, manner: Manner): Ruling {
    const gone = dedupeFields.find((name) => !this.#workspace.personFields.has(name.toLowerCase()));
    if (gone !== undefined) return failing('1006', `Field '${gone}' not found`);
    const problem = dedupeProblem(this.#workspace, ...dedupeFields);
    if (problem !== undefined) return failing('1011', problem);
    return { rules: personRules(this.#workspace, dedupeFields, manner), type: 'persons' };
  }

  #customObjects({ apiName, dedupeBy }: CustomObjectSettings, manner: Manner): Ruling {
    const type = this.#workspace.customObjects.get(apiName.toLowerCase());
    if (type === undefined) return failing('1013', `Custom object type '${apiName}' not found`);
    return { rules: customObjectRules({ workspace: this.#workspace, type }, dedupeBy, manner), type: type.apiName };
  }
}

function failing(code: string, message: string): Ruling {
  return { failure: { code, message } };
}

function nameOf(settings: PersonSettings | CustomObjectSettings, { action, wantsIdentities }: Manner): string {
  const matchedBy = settings.kind === 'person' ? settings.dedupeFields : [settings.apiName, settings.dedupeBy];
  return [settings.kind, action, wantsIdentities, ...matchedBy].join('\0');
}
