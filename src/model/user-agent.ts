/**
 * Names browser and operating system of a User-Agent header, for the placeholders of events.
 * Owns: nothing but the choice of words. Never: stores a header.
 */
import { parse } from 'bowser';

/** What could be told; members that could not are absent. */
export interface UserAgentParts {
  readonly browser?: string | undefined;
  readonly browserVersion?: string | undefined;
  readonly os?: string | undefined;
  readonly osVersion?: string | undefined;
}

/** Real headers are shorter; the patterns that look for names see no more of a longer one (law 6). */
const MAX_PARSED_CHARACTERS = 1024;

/** A few headers make up most of the traffic, and reading one costs as much as a hundred events. */
const MAX_REMEMBERED = 256;
const remembered = new Map<string, UserAgentParts>();

export function readUserAgent(header: string): UserAgentParts {
  const text = header.slice(0, MAX_PARSED_CHARACTERS);
  const known = remembered.get(text);
  if (known !== undefined) return known;
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  const parts = read(text);
  remembered.set(text, parts);
  return parts;
}

function read(text: string): UserAgentParts {
  if (text === '') return {};
  const { browser, os } = parse(text);
  return { browser: browser.name, browserVersion: browser.version, os: os.name, osVersion: os.version };
}
