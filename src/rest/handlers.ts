/** Which function serves which call. A call of the table without one does not compile. */
import type { RestCallName } from '#protocols/marketo-rest/calls.ts';
import { describeLeads, describeLeads2, getLead, getLeads, listLeadPartitions } from './lead-calls.ts';
import { createLeadFields, getLeadField, listLeadFields, updateLeadField } from './lead-fields.ts';
import { deleteLeads, syncLeads } from './lead-writes.ts';
import { deleteObjects, describeObject, getObjects, listObjects, syncObjects } from './object-calls.ts';
import {
  addTypeFields,
  approveObjectType,
  deleteObjectType,
  deleteTypeFields,
  describeObjectType,
  discardObjectTypeDraft,
  listFieldDataTypes,
  listLinkableObjects,
  listObjectTypes,
  syncObjectType,
  updateTypeField,
} from './object-types.ts';
import type { RestHandler } from './rest-parts.ts';
import { getErrors, getErrorsOfLast7Days, getUsage, getUsageOfLast7Days } from './stats.ts';

export const HANDLERS: Readonly<Record<RestCallName, RestHandler>> = {
  describeLeads,
  describeLeads2,
  listLeadPartitions,
  listLeadFields,
  createLeadFields,
  getLeadField,
  updateLeadField,
  getLeads,
  syncLeads,
  deleteLeads,
  getLead,
  listObjectTypes,
  syncObjectType,
  listFieldDataTypes,
  listLinkableObjects,
  describeObjectType,
  addTypeFields,
  updateTypeField,
  deleteTypeFields,
  approveObjectType,
  discardObjectTypeDraft,
  deleteObjectType,
  listObjects,
  describeObject,
  deleteObjects,
  getObjects,
  syncObjects,
  getUsage,
  getUsageOfLast7Days,
  getErrors,
  getErrorsOfLast7Days,
};
