/**
 * Which addresses a webhook may reach: those of the public internet that are not this machine's, unless the operator
 * allows all.
 * Owns: the verdict on an address, and the connector that asks for it at each connection. Never: sends a request.
 *
 * Names are resolved by the connector itself, and the connection goes to the addresses that were judged: a name that
 * resolves otherwise a moment later (DNS rebinding) changes nothing.
 */
import type { LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import type { Lookups, ResolvedAddress } from './lookups.ts';

/** A webhook's receiver lies where the server does not send. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

// Unicast addresses have been given out from this block alone; the rest is for other ends, or for none yet.
const GLOBAL_IPV6 = ipaddr.IPv6.parse('2000::');
const GLOBAL_IPV6_BITS = 3;

/** Public by its block, and the host of each machine in Azure, which hands out its secrets. */
const AZURE_HOST = '168.63.129.16';

/**
 * Whether an address is one of the public internet. Everything else is refused, known or not: loopback, private,
 * link-local, unique-local, multicast, unspecified, shared (carrier-grade NAT), reserved, and IPv6 forms that hold an
 * IPv4 address, which a gateway may send anywhere.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text) || text === AZURE_HOST) return false;
  const address = ipaddr.parse(text);
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6, GLOBAL_IPV6_BITS);
}

export interface AddressGuardOptions {
  /** Reach every address. */
  readonly allowPrivate: boolean;
  readonly lookups: Pick<Lookups, 'of'>;
  /** Of this machine, at this moment; those of its interfaces unless given. */
  readonly ownAddresses?: () => readonly string[];
}

export class AddressGuard {
  readonly #allowPrivate: boolean;
  readonly #lookups: Pick<Lookups, 'of'>;
  readonly #ownAddresses: () => readonly string[];

  constructor({ allowPrivate, lookups, ownAddresses = interfaceAddresses }: AddressGuardOptions) {
    this.#allowPrivate = allowPrivate;
    this.#lookups = lookups;
    this.#ownAddresses = ownAddresses;
  }

  /**
   * The addresses of a URL's host name, in brackets if it is one of IPv6, each of which may be reached. Rejects with
   * {@link AddressRefused}, also when only one of several may not, and with the resolver's error when there are none.
   */
  async addressesOf(hostname: string): Promise<readonly ResolvedAddress[]> {
    const literal = literalAddress(hostname);
    const addresses = literal === undefined ? await this.#lookups.of(hostname) : [literal];
    if (!this.#allowPrivate) this.#judge(hostname, addresses);
    return addresses;
  }

  /** Connects as undici does, to judged addresses alone. */
  connector(options: buildConnector.BuildOptions): buildConnector.connector {
    const connect = buildConnector({ ...options, lookup: this.#lookup });
    return (target, callback) => {
      // A literal address is never looked up, and so is judged here.
      const literal = literalAddress(target.hostname);
      if (literal === undefined) return connect(target, callback);
      this.addressesOf(target.hostname).then(
        () => connect(target, callback),
        (error: Error) => callback(error, null),
      );
    };
  }

  #judge(hostname: string, addresses: readonly ResolvedAddress[]): void {
    const own = new Set(this.#ownAddresses().map(usualForm));
    for (const { address } of addresses) {
      if (!isPublicAddress(address)) throw refusal(hostname, address, 'is no address of the public internet');
      if (own.has(usualForm(address))) throw refusal(hostname, address, 'is an address of this machine');
    }
  }

  readonly #lookup: LookupFunction = (hostname, { all }, callback) => {
    this.addressesOf(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (all === true) callback(null, [...addresses]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}

// `new URL` has put every spelling of an IPv4 address (`0x7f.1`, `2130706433`) into its usual form.
function literalAddress(hostname: string): ResolvedAddress | undefined {
  const address = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(address) ? { address, family: address.includes(':') ? 6 : 4 } : undefined;
}

function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address));
}

/** One spelling for each address of IPv6. */
function usualForm(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.parse(address).toString() : address;
}

function refusal(hostname: string, address: string, why: string): AddressRefused {
  const what = hostname === address || hostname === `[${address}]` ? address : `${hostname} (${address})`;
  return new AddressRefused(`${what} ${why}; a server that runs with --webhook-allow-private takes it`);
}
