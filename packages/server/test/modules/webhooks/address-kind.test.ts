import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOfAddress } from '../../../src/modules/webhooks/address-kind.js';
import { mayBeSentTo } from '../../../src/modules/webhooks/destination.js';

const kinds: readonly (readonly [address: string, kind: string | undefined])[] = [
  ['8.8.8.8', 'public'],
  ['1.1.1.1', 'public'],
  ['9.255.255.255', 'public'],
  ['11.0.0.0', 'public'],
  ['172.15.255.255', 'public'],
  ['172.32.0.0', 'public'],
  ['100.63.255.255', 'public'],
  ['100.128.0.0', 'public'],
  ['223.255.255.255', 'public'],
  ['2606:4700::1111', 'public'],
  ['2a00:1450:4001:80b::200e', 'public'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.255', 'loopback'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['fd12:3456:789a::1', 'private'],
  ['fc00::', 'private'],
  ['fec0::1', 'private'],
  ['100.64.0.1', 'shared'],
  ['100.127.255.255', 'shared'],
  ['169.254.1.1', 'link-local'],
  ['fe80::1', 'link-local'],
  ['febf::1', 'link-local'],
  ['169.254.169.254', 'metadata'],
  ['169.254.170.2', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['192.0.0.192', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['fd00:ec2::254', 'metadata'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['ff02::1', 'multicast'],
  ['0.0.0.0', 'reserved'],
  ['0.1.2.3', 'reserved'],
  ['192.0.2.1', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['198.19.255.255', 'reserved'],
  ['198.51.100.1', 'reserved'],
  ['203.0.113.1', 'reserved'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'reserved'],
  ['::', 'reserved'],
  ['2001:db8::1', 'reserved'],
  ['3fff::1', 'reserved'],
  ['4000::1', 'reserved'],
  ['5f00::1', 'reserved'],
  ['100::1', 'reserved'],
  ['::ffff:127.0.0.1', 'IPv4 within IPv6'],
  ['::ffff:7f00:1', 'IPv4 within IPv6'],
  ['::ffff:8.8.8.8', 'IPv4 within IPv6'],
  ['0:0:0:0:0:ffff:10.0.0.1', 'IPv4 within IPv6'],
  ['::ffff:0:10.0.0.1', 'IPv4 within IPv6'],
  ['::127.0.0.1', 'IPv4 within IPv6'],
  ['64:ff9b::10.0.0.1', 'IPv4 within IPv6'],
  ['64:ff9b::a9fe:a9fe', 'IPv4 within IPv6'],
  ['64:ff9b:1:ffff:ffff:ffff:a00:1', 'IPv4 within IPv6'],
  ['2002:7f00:1::', 'IPv4 within IPv6'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'IPv4 within IPv6'],
  ['2606:4700::5efe:10.0.0.1', 'IPv4 within IPv6'],
  ['2606:4700::200:5efe:10.0.0.1', 'IPv4 within IPv6'],
  ['fe80::1%eth0', undefined],
  ['::1%1', undefined],
  ['127.1', undefined],
  ['0x7f.0.0.1', undefined],
  ['2130706433', undefined],
  ['localhost', undefined],
  ['', undefined],
];

describe('an address', () => {
  it.each(kinds)('%s is %s', (address, kind) => {
    expect(kindOfAddress(address)).toBe(kind);
  });

  it('is the same however it is written', () => {
    const groups = fc.array(
      fc.integer({ min: 0, max: 0xffff }).chain((group) => fc.constantFrom(group, 0, 0xffff)),
      {
        minLength: 8,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(groups, (bits) => {
        const plain = bits.map((group) => group.toString(16)).join(':');
        const padded = bits.map((group) => group.toString(16).padStart(4, '0').toUpperCase()).join(':');
        const [high = 0, low = 0] = bits.slice(6);
        const dotted = `${bits.slice(0, 6).map((group) => group.toString(16)).join(':')}:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`; // biome-ignore format: one address
        const compressed = new URL(`http://[${plain}]`).hostname.slice(1, -1);
        const kind = kindOfAddress(plain);
        expect(kind).toBeDefined();
        expect([padded, dotted, compressed].map(kindOfAddress)).toEqual([kind, kind, kind]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never public where Node’s own list of networks says that it is none', () => {
    const list = new BlockList();
    for (const [network, prefix] of [
      ...([['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16]] as const), // biome-ignore format: pairs
      ...([['172.16.0.0', 12], ['192.168.0.0', 16], ['198.18.0.0', 15], ['224.0.0.0', 3]] as const), // biome-ignore format: pairs
    ]) {
      list.addSubnet(network, prefix, 'ipv4');
    }
    const octet = fc.integer({ min: 0, max: 255 });
    const first = fc.oneof(octet, fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 224, 255));
    const second = fc.oneof(octet, fc.constantFrom(16, 18, 31, 64, 127, 168, 254));
    fc.assert(
      fc.property(fc.tuple(first, second, octet, octet), (octets) => {
        const address = octets.join('.');
        const embedded = [`::ffff:${address}`, `::${address}`, `64:ff9b::${address}`, `::ffff:0:${address}`];
        expect(embedded.some((each) => mayBeSentTo(kindOfAddress(each), true) && each !== '::0.0.0.1')).toBe(false);
        if (list.check(address, 'ipv4')) expect(kindOfAddress(address)).not.toBe('public');
      }),
      { numRuns: 5_000 },
    );
  });

  it('of IPv6 is public only within 2000::/3', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), fc.ipV6(), (first, rest) => {
        const tail = rest.includes('::') || rest.includes('.') ? '::1' : rest.slice(rest.indexOf(':'));
        const kind = kindOfAddress(first.toString(16) + tail);
        if (kind === 'public') expect(first >> 13).toBe(1);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is sent to if it is public, and with the flag if it is loopback', () => {
    for (const [address, kind] of kinds) {
      expect([address, mayBeSentTo(kindOfAddress(address), false)]).toEqual([address, kind === 'public']);
      const isAllowed = kind === 'public' || kind === 'loopback';
      expect([address, mayBeSentTo(kindOfAddress(address), true)]).toEqual([address, isAllowed]);
    }
  });
});
