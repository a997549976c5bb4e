import { isIP, isIPv4 } from 'node:net';

/** What an IP address is for. Only `public` ones are of hosts that are somebody else's. */
export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private'
  | 'shared'
  | 'link-local'
  | 'multicast'
  | 'metadata'
  | 'IPv4 within IPv6'
  | 'reserved';

type Range = readonly [network: string, kind: AddressKind];

/** What is not public of IPv4, by IANA's registry of special-purpose addresses. The first that holds counts. */
const rangesOfV4: readonly Range[] = [
  ['127.0.0.0/8', 'loopback'],
  ['169.254.169.254/32', 'metadata'],
  ['169.254.170.0/24', 'metadata'],
  ['100.100.100.200/32', 'metadata'],
  ['192.0.0.192/32', 'metadata'],
  ['168.63.129.16/32', 'metadata'],
  ['10.0.0.0/8', 'private'],
  ['172.16.0.0/12', 'private'],
  ['192.168.0.0/16', 'private'],
  ['100.64.0.0/10', 'shared'],
  ['169.254.0.0/16', 'link-local'],
  ['224.0.0.0/4', 'multicast'],
  ['0.0.0.0/8', 'reserved'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'reserved'],
  ['192.31.196.0/24', 'reserved'],
  ['192.52.193.0/24', 'reserved'],
  ['192.88.99.0/24', 'reserved'],
  ['192.175.48.0/24', 'reserved'],
  ['198.18.0.0/15', 'reserved'],
  ['198.51.100.0/24', 'reserved'],
  ['203.0.113.0/24', 'reserved'],
  ['240.0.0.0/4', 'reserved'],
];

/** The same of IPv6. What is in no range is public within 2000::/3, and reserved elsewhere. */
const rangesOfV6: readonly Range[] = [
  ['::1/128', 'loopback'],
  ['fd00:ec2::254/128', 'metadata'],
  ['fd20:ce::254/128', 'metadata'],
  ['::/128', 'reserved'],
  // Compatible, mapped, translated (RFC 2765), NAT64 (RFC 6052, RFC 8215), Teredo and 6to4.
  ['::/96', 'IPv4 within IPv6'],
  ['::ffff:0:0/96', 'IPv4 within IPv6'],
  ['::ffff:0:0:0/96', 'IPv4 within IPv6'],
  ['64:ff9b::/96', 'IPv4 within IPv6'],
  ['64:ff9b:1::/48', 'IPv4 within IPv6'],
  ['2001::/32', 'IPv4 within IPv6'],
  ['2002::/16', 'IPv4 within IPv6'],
  ['fc00::/7', 'private'],
  ['fec0::/10', 'private'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'reserved'],
  ['2620:4f:8000::/48', 'reserved'],
  ['3fff::/20', 'reserved'],
];

/** @param address - as a resolver or a URL writes it; `undefined` if it is no address, or has a zone */
export function kindOfAddress(address: string): AddressKind | undefined {
  if (isIP(address) === 0 || address.includes('%')) return undefined;
  if (isIPv4(address)) return kindIn(tableOfV4, bitsOfV4(address)) ?? 'public';
  const bits = bitsOfV6(address);
  const kind = kindIn(tableOfV6, bits);
  if (kind !== undefined) return kind;
  // ISATAP (RFC 5214, 6.1).
  if (((bits >> 32n) & 0xfdff_ffffn) === 0x0000_5efen) return 'IPv4 within IPv6';
  return bits >> 125n === 0b001n ? 'public' : 'reserved';
}

interface Network {
  readonly first: bigint;
  readonly last: bigint;
  readonly kind: AddressKind;
}

const tableOfV4 = rangesOfV4.map((range) => networkOf(range, 32, bitsOfV4));
const tableOfV6 = rangesOfV6.map((range) => networkOf(range, 128, bitsOfV6));

function networkOf([text, kind]: Range, length: number, bitsOf: (address: string) => bigint): Network {
  const [address = '', prefix] = text.split('/');
  const first = bitsOf(address);
  return { first, last: first + (1n << BigInt(length - Number(prefix))) - 1n, kind };
}

function kindIn(table: readonly Network[], bits: bigint): AddressKind | undefined {
  return table.find(({ first, last }) => first <= bits && bits <= last)?.kind;
}

function bitsOfV4(address: string): bigint {
  return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

/** RFC 4291, 2.2, also with the last 32 bits in dotted form. */
function bitsOfV6(address: string): bigint {
  const dotted = /(?<=:)\d+\.\d+\.\d+\.\d+$/.exec(address)?.[0];
  const groups = dotted === undefined ? address : address.slice(0, -dotted.length) + groupsOfV4(dotted);
  const [head = '', tail] = groups.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function groupsOfV4(address: string): string {
  const bits = bitsOfV4(address);
  return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
}
