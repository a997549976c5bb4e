import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidAddressError } from '../../src/errors.js';
import { memcachedOptions } from '../../src/registry/addresses/memcached.js';
import { redisClusterOptions, redisSentinelOptions, redisServerOptions } from '../../src/registry/addresses/redis.js';
import { builtInStores } from '../../src/registry/built-in-stores.js';
import { formatHost } from '../../src/registry/parse-address.js';
import { createStoreRegistry } from '../../src/registry/store-registry.js';

const secret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
const host = fc.record({
  host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 1, max: 65_535 }),
});
const hosts = fc.uniqueArray(host, { minLength: 1, maxLength: 5, selector: (each) => formatHost(each).toLowerCase() });

describe('an address that was put together from its parts', () => {
  it('comes apart into them (Redis Cluster)', () => {
    fc.assert(
      fc.property(hosts, secret, secret, secret, (cluster, username, password, prefix) => {
        const encoded = [username, password, prefix].map(encodeURIComponent);
        const address = `redis+cluster://${encoded[0]}:${encoded[1]}@${cluster.map(formatHost).join(',')}?prefix=${encoded[2]}`;
        expect(redisClusterOptions(address)).toEqual({ cluster, username, password, prefix });
      }),
    );
  });

  it('comes apart into them (Sentinel)', () => {
    fc.assert(
      fc.property(hosts, secret, secret, fc.nat(999_999), (sentinels, name, password, db) => {
        const address = `redis+sentinel://:${encodeURIComponent(password)}@${sentinels.map(formatHost).join(',')}/${encodeURIComponent(name)}/${db}`;
        expect(redisSentinelOptions(address)).toEqual({ sentinel: { name, sentinels }, password, db });
      }),
    );
  });

  it('comes apart into them (memcached)', () => {
    fc.assert(
      fc.property(hosts, secret, secret, (servers, username, password) => {
        const address = `memcached://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${servers.map(formatHost).join(',')}`;
        expect(memcachedOptions(address)).toEqual({ servers: servers.map(formatHost), auth: { username, password } });
      }),
    );
  });

  it('is one that Redis clients read in the same way', () => {
    fc.assert(
      fc.property(host, secret, secret, (server, username, password) => {
        const address = `redis://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${formatHost(server)}/1`;
        const url = new URL(redisServerOptions(address).url);
        expect([url.username, url.password].map(decodeURIComponent)).toEqual([username, password]);
        expect(url.pathname).toBe('/1');
      }),
    );
  });
});

describe('whatever text stands for an address', () => {
  const readers = [redisServerOptions, redisClusterOptions, redisSentinelOptions, memcachedOptions];
  const stores = createStoreRegistry({
    ...builtInStores,
    redis: (address) => ({ open: () => Promise.reject(redisServerOptions(address)) }),
  });

  it('only the error for addresses is thrown', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'redis:/@,?&=%[]#.0a') }),
      fc.string({ unit: fc.constantFrom(...':/@,?&=%[]a') }).map((rest) => `redis://${rest}`),
    );
    fc.assert(
      fc.property(text, (address) => {
        for (const read of [...readers, (each: string) => stores.choose(each)]) {
          try {
            read(address);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidAddressError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  // Put in raw, as people do, it may break the address in any place.
  it('no error tells a password', () => {
    const password = fc
      .array(fc.constantFrom('zqj', 'xwk', '@', '/', '?', '#', ':', '%', '[', ',', '&', '='), {
        minLength: 1,
        maxLength: 8,
      })
      .map((parts) => parts.join(''));
    const behind = fc.constantFrom('@host', '@host:x', '@host/y/z', '@host?prefx=1', '', '@');
    fc.assert(
      fc.property(password, behind, (typed, rest) => {
        for (const read of [...readers, (each: string) => stores.choose(each)]) {
          try {
            read(`redis://user:${typed}${rest}`);
          } catch (error) {
            expect(`${(error as Error).message} ${(error as Error).stack}`).not.toMatch(/zqj|xwk/);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
