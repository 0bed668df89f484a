/** The two example requests of the Data Ingestion API's documentation, and the type that one of them needs. */

/** The documentation's request of persons. */
export const DOCUMENTED_PERSONS: string = `{
   "priority": "high",
   "partitionName": "EMEA",
   "dedupeFields": {
      "field1": "email",
      "field2": "firstName"
   },
   "persons":[
      {
         "email": "brooklyn.parker@karnv.com",
         "firstName": "Brooklyn",
         "lastName": "Parker"
      },
      {
         "email": "johnny.neal@yvu30.com",
         "firstName": "Johnny",
         "lastName": "Neal"
      }
   ]
}`;

/** The documentation's request of custom objects. */
export const DOCUMENTED_PURCHASES: string = `{
   "dedupeBy": "dedupeFields",
   "priority": "high",
   "customObjects": [
      {
         "email": "brooklyn.parker@karnv.com",
         "vin": "20UYA31581L000000",
         "make": "BMW",
         "model": "3-Series 330i",
         "year": 2003
      },
      {
         "email": "johnny.neal@yvu30.com",
         "vin": "19UYA31581L000000",
         "make": "BMW",
         "model": "3-Series 325i",
         "year": 1989
      }
   ]
}`;

/** The definition of the type `purchases`, for the documentation's request. */
export const PURCHASE_TYPE = {
  fields: [
    { name: 'vin', dataType: 'string', length: 36 },
    { name: 'email', dataType: 'email' },
    { name: 'make', dataType: 'string' },
    { name: 'model', dataType: 'string' },
    { name: 'year', dataType: 'integer' },
  ],
  dedupeFields: ['vin'],
} as const;
