/**
 * The calls of the REST API: one table for routing, permissions and the OpenAPI document.
 * Owns: which method on which path is which call, and who may make it. Never: what a call does.
 */
import type { Permission } from '#model/definitions.ts';

export type RestMethod = 'GET' | 'POST' | 'DELETE';

export type RestCallName =
  | 'describeLeads'
  | 'describeLeads2'
  | 'listLeadPartitions'
  | 'listLeadFields'
  | 'createLeadFields'
  | 'getLeadField'
  | 'updateLeadField'
  | 'getLeads'
  | 'syncLeads'
  | 'deleteLeads'
  | 'getLead'
  | 'listObjectTypes'
  | 'syncObjectType'
  | 'listFieldDataTypes'
  | 'listLinkableObjects'
  | 'describeObjectType'
  | 'addTypeFields'
  | 'updateTypeField'
  | 'deleteTypeFields'
  | 'approveObjectType'
  | 'discardObjectTypeDraft'
  | 'deleteObjectType'
  | 'listObjects'
  | 'describeObject'
  | 'deleteObjects'
  | 'getObjects'
  | 'syncObjects'
  | 'getUsage'
  | 'getUsageOfLast7Days'
  | 'getErrors'
  | 'getErrorsOfLast7Days';

export interface RestCallEntry {
  /** Each a method and a path below `/rest/v1/`, with parameters in braces. */
  readonly routes: readonly (readonly [method: RestMethod, path: string])[];
  /** Any of them suffices; a client without any permission may make a call that lists none. */
  readonly permissions: readonly Permission[];
  readonly summary: string;
}

const READ_LEADS = ['Read-Only Lead', 'Read-Write Lead'] as const;
const WRITE_LEADS = ['Read-Write Lead'] as const;
const READ_OBJECTS = ['Read-Only Custom Object', 'Read-Write Custom Object'] as const;
const WRITE_OBJECTS = ['Read-Write Custom Object'] as const;
// Whoever may write leads or objects may prepare their fields and types, too: the client of the first start has no
// other permissions. The last names of each list are the documented ones, for clients that prepare and do not write.
const READ_FIELDS = [...READ_LEADS, 'Read-Write Schema Custom Field'] as const;
const WRITE_FIELDS = [...WRITE_LEADS, 'Read-Write Schema Custom Field'] as const;
const READ_TYPES = [...READ_OBJECTS, 'Read-Only Custom Object Type', 'Read-Write Custom Object Type'] as const;
const WRITE_TYPES = [...WRITE_OBJECTS, 'Read-Write Custom Object Type'] as const;

const TYPE = 'customobjects/schema/{apiName}';

/** Of two paths that fit a target the first counts. */
export const REST_CALLS: Readonly<Record<RestCallName, RestCallEntry>> = {
  describeLeads: {
    routes: [['GET', 'leads/describe.json']],
    permissions: READ_LEADS,
    summary: 'The fields of leads, with their REST names',
  },
  describeLeads2: {
    routes: [['GET', 'leads/describe2.json']],
    permissions: READ_LEADS,
    summary: 'The fields of leads, and by which of them leads are found',
  },
  listLeadPartitions: {
    routes: [['GET', 'leads/partitions.json']],
    permissions: READ_LEADS,
    summary: 'The lead partitions',
  },
  listLeadFields: {
    routes: [['GET', 'leads/schema/fields.json']],
    permissions: READ_FIELDS,
    summary: 'The schema of every lead field, in pages',
  },
  createLeadFields: {
    routes: [['POST', 'leads/schema/fields.json']],
    permissions: WRITE_FIELDS,
    summary: 'Make custom lead fields',
  },
  getLeadField: {
    routes: [['GET', 'leads/schema/fields/{fieldApiName}.json']],
    permissions: READ_FIELDS,
    summary: 'The schema of one lead field',
  },
  updateLeadField: {
    routes: [['POST', 'leads/schema/fields/{fieldApiName}.json']],
    permissions: WRITE_FIELDS,
    summary: 'Change the display name or the notes of a custom lead field',
  },
  getLeads: {
    routes: [['GET', 'leads.json']],
    permissions: READ_LEADS,
    summary: 'Leads by the values of one field',
  },
  syncLeads: {
    routes: [['POST', 'leads.json']],
    permissions: WRITE_LEADS,
    summary: 'Create or update up to 300 leads; the answer tells what became of each',
  },
  deleteLeads: {
    routes: [
      ['POST', 'leads/delete.json'],
      ['DELETE', 'leads.json'],
    ],
    permissions: WRITE_LEADS,
    summary: 'Delete up to 300 leads by their ids',
  },
  getLead: {
    routes: [['GET', 'lead/{leadId}.json']],
    permissions: READ_LEADS,
    summary: 'One lead',
  },
  listObjectTypes: {
    routes: [['GET', 'customobjects/schema.json']],
    permissions: READ_TYPES,
    summary: 'Custom object types with their state and fields',
  },
  syncObjectType: {
    routes: [['POST', 'customobjects/schema.json']],
    permissions: WRITE_TYPES,
    summary: 'Make the draft of a custom object type, or change it',
  },
  listFieldDataTypes: {
    routes: [['GET', 'customobjects/schema/fieldDataTypes.json']],
    permissions: READ_TYPES,
    summary: 'Data types that a field of a custom object may have',
  },
  listLinkableObjects: {
    routes: [['GET', 'customobjects/schema/linkableObjects.json']],
    permissions: READ_TYPES,
    summary: 'What a link field may name',
  },
  describeObjectType: {
    routes: [['GET', `${TYPE}/describe.json`]],
    permissions: READ_TYPES,
    summary: 'One custom object type with its state and fields',
  },
  addTypeFields: {
    routes: [['POST', `${TYPE}/addField.json`]],
    permissions: WRITE_TYPES,
    summary: 'Add fields to the draft of a type',
  },
  updateTypeField: {
    routes: [['POST', `${TYPE}/{fieldApiName}/updateField.json`]],
    permissions: WRITE_TYPES,
    summary: 'Change a field of the draft of a type',
  },
  deleteTypeFields: {
    routes: [
      ['POST', `${TYPE}/deleteField.json`],
      ['POST', `${TYPE}/{fieldApiName}/deleteField.json`],
    ],
    permissions: WRITE_TYPES,
    summary: 'Delete fields from the draft of a type',
  },
  approveObjectType: {
    routes: [['POST', `${TYPE}/approve.json`]],
    permissions: WRITE_TYPES,
    summary: 'Put the draft of a type into use',
  },
  discardObjectTypeDraft: {
    routes: [['POST', `${TYPE}/discardDraft.json`]],
    permissions: WRITE_TYPES,
    summary: 'Throw the draft of a type away',
  },
  deleteObjectType: {
    routes: [['POST', `${TYPE}/delete.json`]],
    permissions: WRITE_TYPES,
    summary: 'Delete a type that was never approved',
  },
  listObjects: {
    routes: [['GET', 'customobjects.json']],
    permissions: READ_OBJECTS,
    summary: 'The custom object types in use',
  },
  describeObject: {
    routes: [['GET', 'customobjects/{customObjectName}/describe.json']],
    permissions: READ_OBJECTS,
    summary: 'One custom object type in use, with its fields',
  },
  deleteObjects: {
    routes: [['POST', 'customobjects/{customObjectName}/delete.json']],
    permissions: WRITE_OBJECTS,
    summary: 'Delete up to 300 custom objects of one type',
  },
  getObjects: {
    routes: [['GET', 'customobjects/{customObjectName}.json']],
    permissions: READ_OBJECTS,
    summary: 'Custom objects by the values of one field or of their key',
  },
  syncObjects: {
    routes: [['POST', 'customobjects/{customObjectName}.json']],
    permissions: WRITE_OBJECTS,
    summary: 'Create or update up to 300 custom objects; the answer tells what became of each',
  },
  getUsage: {
    routes: [['GET', 'stats/usage.json']],
    permissions: [],
    summary: 'REST calls of today, by client',
  },
  getUsageOfLast7Days: {
    routes: [['GET', 'stats/usage/last7days.json']],
    permissions: [],
    summary: 'REST calls of the last seven days, by client',
  },
  getErrors: {
    routes: [['GET', 'stats/errors.json']],
    permissions: [],
    summary: 'Errors of REST calls of today, by code',
  },
  getErrorsOfLast7Days: {
    routes: [['GET', 'stats/errors/last7days.json']],
    permissions: [],
    summary: 'Errors of REST calls of the last seven days, by code',
  },
};
