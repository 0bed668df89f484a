/**
 * Which URLs a webhook may have, as far as the text alone tells.
 * Owns: their form. Never: resolves a name (webhooks/address-guard.ts does).
 */

const MAX_URL_LENGTH = 2_048;

/** Why it cannot be a webhook's URL, and how to mend it; undefined when it can. */
export function urlFault(text: string): string | undefined {
  if (text.length > MAX_URL_LENGTH) return `may have ${MAX_URL_LENGTH} characters at most`;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return 'must be an absolute URL that begins with https:// or http://';
  // Law 8: it is shown, traced and sent on.
  if (url.username !== '' || url.password !== '')
    return 'may not hold a user name or password; have the receiver check the signature instead';
  return url.hash === '' ? undefined : 'may not have a fragment (#…), which is never sent';
}
