import { describe, expect, it } from 'vitest';
import { ownerOf, ringOf, type WeightedServer } from '../../../src/stores/memcached/ketama.js';

const weights = [600, 300, 200, 350, 1000, 800, 950, 100];
const servers = weights.map((weight, at): WeightedServer => ({ host: `10.0.1.${at + 1}`, port: 11211, weight }));
const all = () => true;
const range = (count: number) => Array.from({ length: count }, (_, at) => at);

function shares(of: readonly WeightedServer[], mayUse: (owner: number) => boolean = all): number[] {
  const ring = ringOf(of);
  const counts = of.map(() => 0);
  for (const at of range(20_000)) {
    const owner = ownerOf(ring, `key:${at}`, mayUse) as number;
    counts[owner] = (counts[owner] as number) + 1;
  }
  return counts.map((count) => count / 20_000);
}

describe('the distribution of keys', () => {
  // What libmemcached expects of itself: test/fixtures/ketama.hpp.
  it.each([
    ['SVa_]_V41)', '10.0.1.7'],
    ['*/Z;?V(.\\8', '10.0.1.1'],
    ['ERR:EC58G>', '10.0.1.7'],
    [']VG<`I*Z8)', '10.0.1.5'],
    ['@7RU6C6T+Z', '10.0.1.5'],
    ['726bW=9*a4', '10.0.1.7'],
    ['\\`)<B)UE,c', '10.0.1.1'],
    ['P1[Ma3=K1/', '10.0.1.8'],
    ['2TLRL/UL;:', '10.0.1.7'],
    ['[>RZHG97Q9', '10.0.1.6'],
    ['X*+2aaC.EG', '10.0.1.5'],
    ['VD6D0]ba_\\', '10.0.1.1'],
    ['D[HE+cFXDK', '10.0.1.3'],
    ['EM75N0+[X1', '10.0.1.4'],
    ['30C1*Z*S/_', '10.0.1.2'],
  ])('gives %s to %s, as libmemcached does', (key, host) => {
    const owner = ownerOf(ringOf(servers), key, all) as number;
    expect(servers[owner]?.host).toBe(host);
  });

  it('begins again at the first point behind the last', () => {
    const ring = ringOf(servers);
    expect(ownerOf(ring, 'VDEAAAAA', all)).toBe(ring.owners[0]);
  });

  it('follows the weights', () => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [at, share] of shares(servers).entries()) {
      expect(share).toBeCloseTo((weights[at] as number) / total, 1);
    }
  });

  it('moves only the keys of a server that is taken out, and spreads them over the others', () => {
    const equal = servers.slice(0, 4).map((server) => ({ ...server, weight: 1 }));
    const ring = ringOf(equal);
    const withoutFirst = (owner: number) => owner !== 0;
    for (const at of range(2_000)) {
      const home = ownerOf(ring, `key:${at}`, all) as number;
      if (home !== 0) expect(ownerOf(ring, `key:${at}`, withoutFirst)).toBe(home);
    }
    const [first, ...others] = shares(equal, withoutFirst);
    expect(first).toBe(0);
    for (const share of others) expect(share).toBeGreaterThan(0.2);
  });

  it('has no answer where no server may be used', () => {
    expect(ownerOf(ringOf(servers), 'key', () => false)).toBeUndefined();
  });
});
