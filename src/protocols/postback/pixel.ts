/**
 * Events that stand in a query: the pixel's, and those of a plain GET.
 * Owns: what of a query is an event, the image that answers, and where a redirect may lead. Never: stores a key.
 */
import { formToObject } from '#model/form.ts';
import type { Answer } from '#protocols/answer.ts';

/** A transparent image of one pixel, 43 bytes of GIF89a. */
const GIF: Uint8Array = Buffer.from('R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

/** The answer of a durable event that came as a pixel (law 1). */
export const PIXEL: Answer = {
  status: 200,
  headers: ['Content-Type', 'image/gif', 'Cache-Control', 'no-store'],
  body: GIF,
};

/** Whether a query asks for the pixel, whatever the method. It comes without its question mark. */
export function isPixel(query: string): boolean {
  return query.includes('td_format') && new URLSearchParams(query).get('td_format') === 'pixel';
}

/**
 * The event of a query as JSON text: an object of strings, by the rules of forms. Without the write key,
 * `td_write_key` or an `api_key` that was it: an entry lies in the log as it is (law 8).
 */
export function queryEvent(query: string, writeKey: string | undefined): string {
  const parameters = Object.entries(formToObject(query));
  const event = parameters.filter(
    ([name, value]) => name !== 'td_write_key' && !(name === 'api_key' && value === writeKey),
  );
  return JSON.stringify(Object.fromEntries(event));
}

/** What a redirect depends on besides the query. */
export interface RedirectRule {
  /** In lower case, with the port where it is not the scheme's own. */
  readonly hosts: readonly string[];
  /** Asked when the target holds `td_global_id`, in the place of which it stands. */
  readonly globalId: () => string;
}

/** Not the name of a parameter, nor a part of a longer word. */
const GLOBAL_ID = /(?<!\w)td_global_id(?![\w=])/g;

/** The URL in `td_redirect`. Undefined when there is none, or when it leads to a host that is not on the list. */
export function redirectTarget(query: string, { hosts, globalId }: RedirectRule): string | undefined {
  if (hosts.length === 0 || !query.includes('td_redirect')) return undefined;
  const target = new URLSearchParams(query).get('td_redirect');
  if (target === null || !URL.canParse(target)) return undefined;
  const { protocol, host, href } = new URL(target);
  if ((protocol !== 'https:' && protocol !== 'http:') || !hosts.includes(host)) return undefined;
  return href.replaceAll(GLOBAL_ID, () => globalId());
}

/** Sends the browser on, once its event is durable. */
export function redirectTo(target: string): Answer {
  return { status: 302, headers: ['Location', target, 'Cache-Control', 'no-store'], body: '' };
}
