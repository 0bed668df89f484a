/** A client's token for the Data Ingestion API. */
import type { Credentials } from '#cli/data-directory-files.ts';

export async function accessTokenOf({ url, clientId, clientSecret }: Credentials): Promise<string> {
  const grant = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const answer = await fetch(`${url}/identity/oauth/token?${new URLSearchParams(grant).toString()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}
