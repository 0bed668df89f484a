/** Drafts of custom object types: how they begin, change and end (docs/specs/marketo-rest.md, R15 to R18). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addDraftFields,
  caughtUp,
  changeDraft,
  changeDraftField,
  deleteDraftFields,
  draftOf,
  newDraft,
  wantedType,
} from './custom-object-draft.ts';
import type { DraftField } from './custom-object-draft.ts';
import { datedCustomObject, decideCustomObject } from './custom-object-rules.ts';
import { DefinitionError } from './definition-error.ts';
import type { Workspace } from './definitions.ts';
import type { MunchkinId } from './words.ts';

const WORKSPACE: Workspace = {
  munchkinId: '123-ABC-456' as MunchkinId,
  createdAt: 100,
  partitions: new Set(['Default']),
  personFields: new Map([['email', { name: 'email', displayName: 'Email Address', dataType: 'email' }]]),
  customObjects: new Map(),
  customObjectDrafts: new Map(),
};
const VIN: DraftField = { name: 'vin', displayName: 'VIN', dataType: 'string', isDedupeField: true };
const MAIL: DraftField = {
  name: 'mail',
  displayName: 'Mail',
  description: 'of the owner',
  dataType: 'email',
  isDedupeField: false,
  personField: 'email',
};

function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof DefinitionError) return error.fault;
    throw error;
  }
  return 'none';
}

test('a draft becomes a type, and a draft of that type is the same again', () => {
  const draft = addDraftFields(newDraft({ apiName: 'car', displayName: 'Car', notes: { pluralName: 'Cars' } }, 5), [
    VIN,
    MAIL,
  ]);
  const type = decideCustomObject(WORKSPACE, wantedType(draft));
  assert.deepEqual(type.link, { field: 'mail', personField: 'email' });
  assert.deepEqual(type.notes, { pluralName: 'Cars' });
  const again = draftOf({ ...type, createdAt: 5 }, 5);
  const lengths = { vin: 255, mail: 255 } as const;
  const fields = draft.fields.map((field) => ({ ...field, length: lengths[field.name as 'vin'] }));
  assert.deepEqual(again, { ...draft, fields });
  assert.deepEqual(decideCustomObject(WORKSPACE, wantedType(again)), type);
});

test('a type needs one to three fields to match by', () => {
  const draft = newDraft({ apiName: 'car', notes: {} }, 5);
  assert.equal(
    faultOf(() => wantedType(draft)),
    'invalid',
  );
  assert.equal(draft.displayName, 'car');
  const four = [0, 1, 2, 3].map((at): DraftField => ({ ...VIN, name: `k${at}`, displayName: `K${at}` }));
  assert.equal(
    faultOf(() => wantedType(addDraftFields(draft, four))),
    'invalid',
  );
});

test('names and display names are given once, in any case; a field may keep its own', () => {
  const draft = addDraftFields(newDraft({ apiName: 'car', notes: {} }, 5), [VIN]);
  assert.equal(
    faultOf(() => addDraftFields(draft, [{ ...MAIL, name: 'VIN' }])),
    'conflict',
  );
  assert.equal(
    faultOf(() => addDraftFields(draft, [{ ...MAIL, displayName: 'vin' }])),
    'conflict',
  );
  assert.equal(
    faultOf(() => addDraftFields(draft, [MAIL, MAIL])),
    'conflict',
  );
  assert.equal(changeDraftField(draft, { name: 'VIN', change: { displayName: 'Vin' } }).fields[0]?.displayName, 'Vin');
});

test('a field that changes its type loses the length of the old one; a link keeps its type', () => {
  const draft = addDraftFields(newDraft({ apiName: 'car', notes: {} }, 5), [{ ...VIN, length: 36 }, MAIL]);
  const changed = changeDraftField(draft, { name: 'vin', change: { dataType: 'integer' } });
  assert.deepEqual(changed.fields[0], { ...VIN, dataType: 'integer' });
  assert.equal(changeDraftField(draft, { name: 'vin', change: { description: 'x' } }).fields[0]?.length, 36);
  assert.equal(
    faultOf(() => changeDraftField(draft, { name: 'mail', change: { dataType: 'string' } })),
    'conflict',
  );
  assert.equal(
    faultOf(() => changeDraftField(draft, { name: 'none', change: {} })),
    'conflict',
  );
});

test('fields are deleted together or not at all', () => {
  const draft = addDraftFields(newDraft({ apiName: 'car', notes: {} }, 5), [VIN, MAIL]);
  assert.deepEqual(deleteDraftFields(draft, ['MAIL']).fields, [VIN]);
  assert.equal(
    faultOf(() => deleteDraftFields(draft, ['mail', 'none'])),
    'conflict',
  );
});

test('what an approved type rests on stays', () => {
  const approved = decideCustomObject(
    WORKSPACE,
    wantedType(addDraftFields(newDraft({ apiName: 'car', displayName: 'Car', notes: {} }, 5), [VIN, MAIL])),
  );
  const draft = draftOf(approved, 6);
  const faults = [
    () => changeDraft(draft, { apiName: 'car', displayName: 'Other', notes: {} }, approved),
    () => addDraftFields(draft, [{ ...VIN, name: 'k', displayName: 'K' }], approved),
    () => changeDraftField(draft, { name: 'vin', change: { isDedupeField: false } }, approved),
    () => changeDraftField(draft, { name: 'vin', change: { dataType: 'text' } }, approved),
    () => deleteDraftFields(draft, ['vin'], approved),
  ].map(faultOf);
  assert.deepEqual(faults, Array(5).fill('conflict'));
  const wider = addDraftFields(
    draft,
    [{ name: 'n', displayName: 'N', dataType: 'integer', isDedupeField: false }],
    approved,
  );
  assert.deepEqual(deleteDraftFields(wider, ['n'], approved).fields, draft.fields);
});

test('what was added to the approved type since the draft was made stays', () => {
  const wanted = wantedType(addDraftFields(newDraft({ apiName: 'car', notes: {} }, 5), [{ ...VIN, length: 20 }]));
  const approved = decideCustomObject(WORKSPACE, wanted);
  const draft = addDraftFields(draftOf(approved, 6), [MAIL]);
  const grown = {
    ...approved,
    fields: [
      { name: 'vin', displayName: 'VIN', dataType: 'string' as const, length: 36 },
      { name: 'year', displayName: 'Year', dataType: 'integer' as const },
    ],
  };
  const fields = caughtUp(draft, grown).fields.map(({ name, length }) => [name, length]);
  assert.deepEqual(fields, [
    ['vin', 36],
    ['mail', undefined],
    ['year', undefined],
  ]);
});

test('a type has the time of its making and of its last change, and none of a change that changed nothing', () => {
  const wanted = wantedType(addDraftFields(newDraft({ apiName: 'car', notes: {} }, 5), [VIN]));
  const made = datedCustomObject(WORKSPACE, decideCustomObject(WORKSPACE, wanted), 10);
  assert.deepEqual([made.createdAt, made.updatedAt], [10, 10]);
  const having = (type: typeof made): Workspace => ({ ...WORKSPACE, customObjects: new Map([['car', type]]) });
  const same = datedCustomObject(having(made), decideCustomObject(having(made), wanted), 20);
  assert.deepEqual(same, made);
  const changed = decideCustomObject(having(made), { ...wanted, displayName: 'Vehicle' });
  const dated = datedCustomObject(having(made), changed, 30);
  assert.deepEqual([dated.createdAt, dated.updatedAt], [10, 30]);
  const { createdAt: _, updatedAt: __, ...undated } = made;
  const old = datedCustomObject(having(undated), { ...undated, displayName: 'x' }, 30);
  assert.deepEqual([old.createdAt, old.updatedAt], [100, 30], 'as old as its workspace');
});
