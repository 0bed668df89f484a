/**
 * The REST API over a real applier and the store in memory: what is written can be read back.
 * Owns: nothing but the connection of the two. Never: waits.
 */
import type { RestAnswerOf, RestApi, RestSetup } from './rest-api.ts';
import { openRestApi } from './rest-api.ts';
import { openApplierWorld } from './applier-world.ts';
import type { ApplierWorld } from './applier-world.ts';
import type { AnyJson } from './http-api.ts';

export interface WritingRest extends RestApi {
  readonly world: ApplierWorld;
  sync(body: object): Promise<RestAnswerOf>;
  /** The leads of an email, with these fields. */
  leads(email: string, fields: string): Promise<AnyJson>;
}

export async function openWritingRest(
  parts: RestSetup['parts'] = {},
  limits: Parameters<typeof openApplierWorld>[0] = {},
): Promise<WritingRest> {
  const world = await openApplierWorld(limits);
  const rest = await openRestApi({
    engines: world,
    parts: {
      applying: world.applier,
      submitting: {
        submit: ({ workspace, lane, objects, envelope, body }) =>
          world.send({ workspace, lane, objects, envelope, body: new TextDecoder().decode(body) }),
      },
      ...parts,
    },
  });
  return {
    ...rest,
    world,
    sync: (json) => rest.call('POST', 'leads.json', { json }),
    leads: async (email, fields) =>
      (await rest.call('GET', `leads.json?filterType=email&filterValues=${email}&fields=${fields}`)).json.result,
    async [Symbol.asyncDispose]() {
      await rest[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** One for each record: the code and text of its first reason, or its status. */
export function reasons(json: AnyJson): (string | undefined)[] {
  return json.result.map(({ status, reasons: [reason] = [] }: AnyJson) =>
    status === 'skipped' ? `${reason.code} ${reason.message}` : status,
  );
}
