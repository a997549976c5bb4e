import { isIP } from 'node:net';
import { type AddressKind, kindOfAddress } from './address-kind.js';

/** How names of hosts become addresses. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

export type Destination =
  | { readonly ok: true; readonly address: string }
  /** `isRefused`: it leads where no webhook may go; otherwise it leads nowhere. */
  | { readonly ok: false; readonly isRefused: boolean; readonly reason: string };

/** May a delivery be sent to such an address? */
export function mayBeSentTo(kind: AddressKind | undefined, allowsLoopback: boolean): boolean {
  return kind === 'public' || (kind === 'loopback' && allowsLoopback);
}

/**
 * The address that a delivery is sent to. One that is not public is enough to refuse the host: whoever answers with two
 * kinds of addresses lets chance decide which of them is taken.
 *
 * @param turn - which of several addresses, counted on with each attempt
 */
export async function destinationOf(
  { hostname }: URL,
  { resolve, allowsLoopback, turn }: { resolve: ResolveHost; allowsLoopback: boolean; turn: number },
): Promise<Destination> {
  const host = unbracketed(hostname);
  const addresses = isIP(host) === 0 ? await resolve(host).catch(() => []) : [host];
  const address = addresses[turn % addresses.length];
  if (address === undefined) return { ok: false, isRefused: false, reason: 'the name of its host leads to no address' };
  for (const each of addresses) {
    const kind = kindOfAddress(each);
    if (mayBeSentTo(kind, allowsLoopback)) continue;
    return {
      ok: false,
      isRefused: true,
      reason: `its host has an address that is not public (${kind ?? 'unreadable'})`,
    };
  }
  return { ok: true, address };
}

/** A URL has IPv6 addresses in brackets. */
export function unbracketed(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
