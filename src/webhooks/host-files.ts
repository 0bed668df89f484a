/**
 * What the files of the system say of host names (hosts(5), resolv.conf(5)).
 * Owns: their reading. Never: opens a file, or asks a name server.
 */
import { isIP } from 'node:net';

/** Search lists of old resolvers end here (law 6). */
const MAX_SEARCHED = 6;

/** The name's addresses by the text of `/etc/hosts`. */
export function addressesInHosts(text: string, hostname: string): readonly string[] {
  const name = withoutRoot(hostname).toLowerCase();
  const lower = text.toLowerCase();
  // A list against advertisements has 100,000 lines, and nothing of ours.
  if (!lower.includes(name)) return [];
  return lower.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/u, '').trim().split(/\s+/u);
    return isIP(address) !== 0 && names.includes(name) ? [address] : [];
  });
}

/**
 * The names to ask for in turn until one is known, by the text of `/etc/resolv.conf`: a name with few dots is of the
 * search list first, so that `api.dev` of a cluster is not taken for one of the internet.
 */
export function candidatesOf(hostname: string, resolvConf: string): readonly string[] {
  if (hostname.endsWith('.')) return [withoutRoot(hostname)];
  const lines = resolvConf.split('\n').map((line) =>
    line
      .replace(/[#;].*/u, '')
      .trim()
      .split(/\s+/u),
  );
  const [, ...search] = lines.findLast(([word]) => word === 'search' || word === 'domain') ?? [];
  const options = lines.filter(([word]) => word === 'options').flat();
  const leastDots = Number(options.findLast((option) => /^ndots:\d+$/u.test(option))?.slice('ndots:'.length) ?? 1);
  const searched = search.slice(0, MAX_SEARCHED).map((domain) => `${hostname}.${withoutRoot(domain)}`);
  return hostname.split('.').length > leastDots ? [hostname, ...searched] : [...searched, hostname];
}

function withoutRoot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
