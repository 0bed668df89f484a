/**
 * Host names → addresses, by the system's files and name servers.
 * Owns: the order of asking. Never: remembers an answer, or judges an address.
 *
 * The system's own resolver (getaddrinfo) is not asked: it holds a thread of the process while a name server is
 * silent, two such names stop everybody's look-ups, and none of them can be ended. What it alone knows (mDNS, LDAP) is
 * not found.
 */
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { addressesInHosts, candidatesOf } from './host-files.ts';
import { LookupError } from './lookup-error.ts';
import type { Resolve, ResolvedAddress } from './lookups.ts';

/** Of each name server and try; the look-up as a whole has its own limit. */
const ANSWER_MS = 2_000;
const TRIES = 2;

export interface HostNameSources {
  readonly hosts: string;
  readonly resolvConf: string;
  /** `address:port`; those of the system unless given. */
  readonly servers?: readonly string[];
}

const SYSTEM: HostNameSources = { hosts: '/etc/hosts', resolvConf: '/etc/resolv.conf' };

export function resolveHostNames({ hosts, resolvConf, servers }: HostNameSources = SYSTEM): Resolve {
  return async (hostname, signal) => {
    const local = localAddresses(hostname, await textOf(hosts));
    if (local.length > 0) return local;
    const candidates = candidatesOf(hostname, await textOf(resolvConf));
    signal.throwIfAborted();
    // One each: its questions end together, and the system's servers are read anew.
    const resolver = new Resolver({ timeout: ANSWER_MS, tries: TRIES, maxTimeout: ANSWER_MS });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await firstKnown(resolver, hostname, candidates);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}

async function firstKnown(
  resolver: Resolver,
  hostname: string,
  candidates: readonly string[],
): Promise<readonly ResolvedAddress[]> {
  for (const name of candidates) {
    const found = await ask(resolver, name);
    // While nobody can say, the next name is not asked for: it may be another's.
    if (found === 'silence') throw new LookupError('EAI_AGAIN', hostname);
    if (found.length > 0) return found;
  }
  throw new LookupError('ENOTFOUND', hostname);
}

async function ask(resolver: Resolver, name: string): Promise<readonly ResolvedAddress[] | 'silence'> {
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = answers.flatMap((answer, index) => {
    const addresses = answer.status === 'fulfilled' ? answer.value : [];
    return addresses.map((address) => ({ address, family: index === 0 ? 4 : 6 }));
  });
  const isSilent = answers.some((answer) => answer.status === 'rejected' && !isUnknown(answer.reason));
  return found.length === 0 && isSilent ? 'silence' : found;
}

/** The server has answered: there is no such name, or it has no address of this kind. */
function isUnknown(error: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA', 'EBADNAME'].includes(String((error as NodeJS.ErrnoException).code));
}

function localAddresses(hostname: string, hosts: string): readonly ResolvedAddress[] {
  const named = addressesInHosts(hosts, hostname);
  const isLoopback = named.length === 0 && /(?:^|\.)localhost\.?$/u.test(hostname);
  // RFC 6761, 6.3: no name server is asked.
  const addresses = isLoopback ? ['127.0.0.1', '::1'] : named;
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}

// A system without the file names nothing in it.
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
