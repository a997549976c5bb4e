import { describe, expect, it } from 'vitest';
import { InvalidAddressError } from '../../src/errors.js';
import { dynamoOptions } from '../../src/registry/addresses/dynamodb.js';
import { firestoreOptions } from '../../src/registry/addresses/firestore.js';
import { lmdbOptions } from '../../src/registry/addresses/lmdb.js';
import { memcachedOptions } from '../../src/registry/addresses/memcached.js';
import { memoryOptions } from '../../src/registry/addresses/memory.js';
import { redisClusterOptions, redisSentinelOptions, redisServerOptions } from '../../src/registry/addresses/redis.js';
import { remoteOptions } from '../../src/registry/addresses/remote.js';

type Read = (address: string) => unknown;

const readers = {
  redis: redisServerOptions,
  rediss: redisServerOptions,
  'redis+cluster': redisClusterOptions,
  'redis+sentinel': redisSentinelOptions,
  memcached: memcachedOptions,
  firestore: firestoreOptions,
  dynamodb: dynamoOptions,
  lmdb: lmdbOptions,
  'larder+http': remoteOptions,
  'larder+https': remoteOptions,
  memory: memoryOptions,
} satisfies Record<string, Read>;

function read(address: string): unknown {
  return (readers as Record<string, Read>)[address.slice(0, address.indexOf(':')).toLowerCase()]?.(address);
}

describe('an address that can be used', () => {
  it.each<[string, unknown]>([
    ['redis://localhost', { url: 'redis://localhost:6379' }],
    ['redis://localhost/', { url: 'redis://localhost:6379' }],
    ['REDIS://Cache-1.internal:7000/2', { url: 'redis://Cache-1.internal:7000/2' }],
    ['rediss://:p%40ss%2Fword@redis?prefix=shop', { url: 'rediss://:p%40ss%2Fword@redis:6379', prefix: 'shop' }],
    ['redis://user:a:b@redis', { url: 'redis://user:a%3Ab@redis:6379' }],
    ['redis://user@redis', { url: 'redis://user@redis:6379' }],
    ['redis://[::1]:6380/0', { url: 'redis://[::1]:6380/0' }],
    ['redis://my_redis', { url: 'redis://my_redis:6379' }],
    ['redis://h?bus=tracking&prefix=x', { url: 'redis://h:6379', prefix: 'x', bus: 'tracking' }],
    ['redis+cluster://h?bus=off', { cluster: [{ host: 'h', port: 6379 }], bus: false }],
    [
      'redis+cluster://user:pw@h1:7000,h2:7001,[fe80::2],10.0.0.4?prefix=x&tls=true&readFrom=replica',
      {
        cluster: [
          { host: 'h1', port: 7000 },
          { host: 'h2', port: 7001 },
          { host: 'fe80::2', port: 6379 },
          { host: '10.0.0.4', port: 6379 },
        ],
        username: 'user',
        password: 'pw',
        tls: true,
        prefix: 'x',
        readFrom: 'replica',
      },
    ],
    [
      'redis+sentinel://:pw@h1,h2:26380/mymaster/3?sentinelPassword=s%26t',
      {
        sentinel: {
          name: 'mymaster',
          sentinels: [
            { host: 'h1', port: 26379 },
            { host: 'h2', port: 26380 },
          ],
          password: 's&t',
        },
        password: 'pw',
        db: 3,
      },
    ],
    ['redis+sentinel://h1/mymaster', { sentinel: { name: 'mymaster', sentinels: [{ host: 'h1', port: 26379 }] } }],
    ['memcached://h1,[::1]:11212', { servers: ['h1:11211', '[::1]:11212'] }],
    [
      'memcached://user:p%25@h1?prefix=shop%3A&tls=true',
      { servers: ['h1:11211'], prefix: 'shop:', auth: { username: 'user', password: 'p%' }, tls: true },
    ],
    ['firestore://my-project/cache?database=eu', { projectId: 'my-project', databaseId: 'eu', collection: 'cache' }],
    ['firestore:///tenants/a/cache', { collection: 'tenants/a/cache' }],
    ['firestore://example.com:project/cache', { projectId: 'example.com:project', collection: 'cache' }],
    [
      'dynamodb://eu-central-1/cache?endpoint=http://127.0.0.1:8000',
      { region: 'eu-central-1', table: 'cache', endpoint: 'http://127.0.0.1:8000' },
    ],
    ['dynamodb:///cache?prefix=shop', { table: 'cache', prefix: 'shop' }],
    ['dynamodb:///cache', { table: 'cache' }],
    ['larder+https://:k%2F1@cache.example.com', { url: 'https://cache.example.com:443', key: 'k/1' }],
    ['larder+http://:key@[::1]:8080/behind', { url: 'http://[::1]:8080/behind', key: 'key' }],
    ['lmdb:./folder', { path: './folder' }],
    ['lmdb:/var/a b?c=%20', { path: '/var/a b?c=%20' }],
    ['memory:', {}],
    ['memory:?maxBytes=64mb&maxEntries=1000', { maxBytes: '64mb', maxEntries: 1000 }],
  ])('%s', (address, options) => {
    expect(read(address)).toEqual(options);
  });
});

describe('an address that cannot be used is refused with its reason', () => {
  it.each([
    ['redis:localhost', 'it does not begin with a scheme and ://'],
    ['redis://', 'the host is missing'],
    ['redis:///0', 'the host is missing'],
    ['redis://a,b', 'it names several hosts: those of a cluster begin with redis+cluster://'],
    ['redis://a:0', 'the host has a port that is no whole number from 1 to 65535'],
    ['redis://a:65536', 'the host has a port that is no whole number from 1 to 65535'],
    ['redis://a:', 'the host has a port that is no whole number from 1 to 65535'],
    ['redis://::1', 'the host is no name or address (IPv6 needs brackets: [::1])'],
    ['redis://[::g]', 'the host is no name or address'],
    ['redis://[a]', 'the host is no name or address'],
    ['redis://300.0.0.1', 'the host is no name or address'],
    ['redis://-a', 'the host is no name or address'],
    ['redis://a/b', 'its path is no number of a database'],
    ['redis://a/0/1', 'its path is no number of a database'],
    ['redis://a//0', 'it has two slashes where one belongs'],
    ['redis://a b', 'it holds white space or a control character'],
    ['redis://a\u0000', 'it holds white space or a control character'],
    ['redis://\ud800', 'it holds white space or a control character'],
    ['redis://:%0a@a', 'it holds a control character'],
    ['redis://:%zz@a', 'it has a % that begins no percent-encoding: the character itself is written %25'],
    ['redis://:x#y@a', 'it holds a #, which in a password is written %23'],
    ['redis://:x@y@a', 'it has more than one @; in a user or password, / is written %2F, ? is %3F and @ is %40'],
    ['redis://:x/y@a', 'it has an @ behind the host; in a user or password, / is written %2F, ? is %3F and @ is %40'],
    ['redis://:x?y@a', 'it has an @ behind the host; in a user or password, / is written %2F, ? is %3F and @ is %40'],
    ['redis://a?prefx=b', 'it has a parameter that it does not know: did you mean prefix?'],
    ['redis://a?colour=b', 'it has a parameter that it does not know: it takes prefix, bus'],
    ['redis://a?', 'it has a parameter that it does not know: it takes prefix, bus'],
    ['redis://a?prefix=', 'its prefix is empty'],
    ['redis://a?prefix', 'its prefix is empty'],
    ['redis://a?prefix=b&prefix=c', 'it has prefix twice'],
    [`redis://${'a'.repeat(9000)}`, 'it is longer than 8192 characters'],
    ['redis+cluster://a,,b', 'host 2 is missing'],
    ['redis+cluster://a,b:x', 'host 2 has a port that is no whole number from 1 to 65535'],
    ['redis+cluster://a,A:6379', 'host 2 is there twice'],
    ['redis+cluster://a/0', 'it names a database, and a cluster has only one'],
    ['redis+cluster://a?tls=yes', 'its tls is neither true nor false'],
    ['redis://a?bus=on', 'its bus is none of pubsub, tracking and off'],
    ['redis+cluster://a?readFrom=all', 'its readFrom is neither primary nor replica'],
    ['redis+sentinel://a', 'it lacks the name that the Sentinels give the primary'],
    ['redis+sentinel://a/m/x', 'its path is no number of a database'],
    ['memcached://a/0', 'it has a path, and memcached has no databases'],
    ['memcached://user@a', 'it has only one of user and password'],
    ['firestore://my-project', 'its path names no collection, which is one name, or three, as tenants/a/cache'],
    ['firestore://my-project/a/b', 'its path names no collection, which is one name, or three, as tenants/a/cache'],
    ['firestore://X/a', 'its project is no id of a Google Cloud project'],
    ['firestore://u:p@my-project/a', 'it takes no user and password: the credentials come from the environment'],
    ['dynamodb://EU/cache', 'its region is no region of AWS'],
    ['dynamodb://eu-central-1', 'its path is no name of a table (3 to 255 letters, digits, _ - .)'],
    ['dynamodb://eu-central-1/a/b', 'its path is no name of a table (3 to 255 letters, digits, _ - .)'],
    ['dynamodb:///cache?endpoint=file:///x', 'its endpoint is no http:// or https:// address without a user'],
    ['dynamodb:///cache?endpoint=x', 'its endpoint is no http:// or https:// address without a user'],
    ['larder+https://cache.example.com', 'it lacks the API key, which stands between a colon and an @'],
    ['larder+https://user:key@cache.example.com', 'it lacks the API key, which stands between a colon and an @'],
    ['larder+https://:key@a,b', 'it names several hosts: give the address of what is before them'],
    ['lmdb:', 'lmdb: needs a folder'],
    ['lmdb:a\u0000b', 'lmdb: needs a folder'],
    ['memory:x', 'nothing but parameters may follow memory:'],
    ['memory:?maxBytes=64', 'its maxBytes is no size'],
    ['memory:?maxEntries=-1', 'its maxEntries is no whole number from 0 to 2^24'],
    ['memory:?maxSize=1mb', 'it has a parameter that it does not know: it takes maxBytes, maxEntries'],
  ])('%.60s', (address, reason) => {
    expect(() => read(address)).toThrow(InvalidAddressError);
    try {
      read(address);
    } catch (error) {
      expect((error as InvalidAddressError).reason).toBe(reason);
    }
  });

  it('with an example that is right itself', () => {
    for (const scheme of Object.keys(readers)) {
      try {
        read(`${scheme}://?x`);
      } catch (error) {
        const { example } = error as InvalidAddressError;
        expect(example.startsWith(`${scheme === 'rediss' ? 'redis' : scheme}:`)).toBe(true);
        expect(() => read(example)).not.toThrow();
        continue;
      }
      expect(scheme).toBe('lmdb');
    }
  });
});
