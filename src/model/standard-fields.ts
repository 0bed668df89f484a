/**
 * The standard fields of persons: 90 recorded from a real instance, and four that the CRM sync adds.
 * Owns: the list (docs/reference/fields.md). Never: holds a workspace's own fields.
 */
import type { DataType, FieldDefinition } from './field.ts';

type StandardField = readonly [
  name: string,
  displayName: string,
  dataType: DataType,
  length?: number | undefined,
  readOnly?: true,
];

/** Set by the system, by references to other records, or derived: no sender may set it. */
const READ_ONLY = true;

const ROWS: readonly StandardField[] = [
  ['id', 'Id', 'integer', undefined, READ_ONLY],
  ['createdAt', 'Created At', 'datetime', undefined, READ_ONLY],
  ['updatedAt', 'Updated At', 'datetime', undefined, READ_ONLY],
  ['company', 'Company Name', 'string', 255],
  ['site', 'Site', 'string', 255],
  ['billingCity', 'Billing City', 'string', 255],
  ['billingState', 'Billing State', 'string', 255],
  ['billingCountry', 'Billing Country', 'string', 255],
  ['billingPostalCode', 'Billing Postal Code', 'string', 255],
  ['mainPhone', 'Main Phone', 'string', 255],
  ['industry', 'Industry', 'string', 255],
  ['mktoName', 'Full Name', 'string', 255, READ_ONLY],
  ['salutation', 'Salutation', 'string', 255],
  ['firstName', 'First Name', 'string', 255],
  ['middleName', 'Middle Name', 'string', 255],
  ['lastName', 'Last Name', 'string', 255],
  ['title', 'Job Title', 'string', 255],
  ['city', 'City', 'string', 255],
  ['state', 'State', 'string', 255],
  ['country', 'Country', 'string', 255],
  ['postalCode', 'Postal Code', 'string', 255],
  ['personTimeZone', 'Person Time Zone', 'string', 255, READ_ONLY],
  ['originalSourceType', 'Original Source Type', 'string', 255, READ_ONLY],
  ['registrationSourceType', 'Registration Source Type', 'string', 255],
  ['originalSearchEngine', 'Original Search Engine', 'string', 255, READ_ONLY],
  ['originalSearchPhrase', 'Original Search Phrase', 'string', 255, READ_ONLY],
  ['emailInvalidCause', 'Email Invalid Cause', 'string', 255],
  ['mktoDoNotCallCause', 'Do Not Call Cause', 'string', 255],
  ['marketingSuspendedCause', 'Marketing Suspended Cause', 'string', 255],
  ['blackListedCause', 'Block Listed Cause', 'string', 255],
  ['anonymousIP', 'Anonymous IP', 'string', 255],
  ['inferredCompany', 'Inferred Company', 'string', 255, READ_ONLY],
  ['inferredCountry', 'Inferred Country', 'string', 255, READ_ONLY],
  ['inferredCity', 'Inferred City', 'string', 255, READ_ONLY],
  ['inferredStateRegion', 'Inferred State Region', 'string', 255, READ_ONLY],
  ['inferredPostalCode', 'Inferred Postal Code', 'string', 255, READ_ONLY],
  ['inferredMetropolitanArea', 'Inferred Metropolitan Area', 'string', 255, READ_ONLY],
  ['inferredPhoneAreaCode', 'Inferred Phone Area Code', 'string', 255, READ_ONLY],
  ['emailSuspendedCause', 'Email Suspended Cause', 'string', 255],
  ['department', 'Department', 'string', 255],
  ['cookies', 'Cookies', 'string', 255],
  ['leadSource', 'Lead Source', 'string', 255],
  ['leadStatus', 'Lead Status', 'string', 255],
  ['rating', 'Lead Rating', 'string', 255],
  ['originalSourceInfo', 'Original Source Info', 'string', 2000, READ_ONLY],
  ['registrationSourceInfo', 'Registration Source Info', 'string', 2000],
  ['unsubscribedReason', 'Unsubscribed Reason', 'string', 2000],
  ['doNotCallReason', 'Do Not Call Reason', 'string', 2000],
  ['sicCode', 'SIC Code', 'string', 40],
  ['externalCompanyId', 'External Company Id', 'string', 50],
  ['personType', 'Person Type', 'string', 50],
  ['externalSalesPersonId', 'External Sales Person Id', 'string', 50],
  ['leadRole', 'Lead Role', 'string', 50],
  ['billingStreet', 'Billing Street', 'text'],
  ['mktoCompanyNotes', 'Company Notes', 'text'],
  ['address', 'Address', 'text'],
  ['mktoPersonNotes', 'Person Notes', 'text'],
  ['email', 'Email Address', 'email', 255],
  ['phone', 'Phone Number', 'phone', 255],
  ['mobilePhone', 'Mobile Phone Number', 'phone', 255],
  ['fax', 'Fax Number', 'phone', 255],
  ['website', 'Website', 'url', 255],
  ['originalReferrer', 'Original Referrer', 'url', 255, READ_ONLY],
  ['numberOfEmployees', 'Number of Employees', 'integer'],
  ['leadScore', 'Lead Score', 'integer'],
  ['priority', 'Priority', 'integer'],
  ['relativeScore', 'Relative Score', 'integer'],
  ['relativeUrgency', 'Relative Urgency', 'integer'],
  ['urgency', 'Urgency', 'float'],
  ['annualRevenue', 'Annual Revenue', 'currency'],
  ['dateOfBirth', 'Date of Birth', 'date'],
  ['emailSuspendedAt', 'Email Suspended At', 'datetime'],
  ['mktoAcquisitionDate', 'Acquisition Date', 'datetime'],
  ['mktoIsPartner', 'Is Partner', 'boolean'],
  ['isLead', 'Is Lead', 'boolean'],
  ['mktoIsCustomer', 'Is Customer', 'boolean'],
  ['isAnonymous', 'Is Anonymous', 'boolean'],
  ['emailInvalid', 'Email Invalid', 'boolean'],
  ['unsubscribed', 'Unsubscribed', 'boolean'],
  ['doNotCall', 'Do Not Call', 'boolean'],
  ['marketingSuspended', 'Marketing Suspended', 'boolean'],
  ['blackListed', 'Block Listed', 'boolean'],
  ['emailSuspended', 'Email Suspended', 'boolean'],
  ['contactCompany', 'Contact Company', 'reference', undefined, READ_ONLY],
  ['leadPerson', 'Person', 'reference', undefined, READ_ONLY],
  ['personPrimaryLeadInterest', 'Primary Lead Interest', 'reference', undefined, READ_ONLY],
  ['leadPartitionId', 'Lead Partition Id', 'reference', undefined, READ_ONLY],
  ['leadRevenueCycleModelId', 'Lead Revenue Cycle Model Id', 'reference', undefined, READ_ONLY],
  ['leadRevenueStageId', 'Lead Revenue Stage Id', 'reference', undefined, READ_ONLY],
  ['acquisitionProgramId', 'Acquisition Program Id', 'reference', undefined, READ_ONLY],
  ['sfdcAccountId', 'SFDC Account Id', 'string', 255],
  ['sfdcContactId', 'SFDC Contact Id', 'string', 255],
  ['sfdcLeadId', 'SFDC Lead Id', 'string', 255],
  ['sfdcLeadOwnerId', 'SFDC Lead Owner Id', 'string', 255],
];

/**
 * In the order of the reference page: what every workspace's persons have before an operator adds to it.
 * `id`, `createdAt` and `updatedAt` are among them so that senders and readers can name them. A store keeps these three
 * and `partitionName` in columns of its own, and meets none of the four as a field of a run.
 */
export const STANDARD_PERSON_FIELDS: readonly FieldDefinition[] = ROWS.map(definition);

/** Lower-cased names of the columns of `persons` that are no fields: the store sets them itself. */
export const PERSON_SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['id', 'partitionname', 'createdat', 'updatedat']);

function definition([name, displayName, dataType, length, readOnly]: StandardField): FieldDefinition {
  return {
    name,
    displayName,
    dataType,
    ...(length === undefined ? {} : { length }),
    ...(readOnly === undefined ? {} : { readOnly }),
  };
}
