import { describe, expect, it } from 'vitest';
import { readYaml } from './config-file.js';

const readyMade = {
  confirmation: { ttl: '300s' },
  signup: { ttl: '1800s' },
  session: { ttl: '86400s' },
  rate_limit: { ttl: '3600s' },
  temp: { ttl: '60s' },
};

describe('a larder.yaml means what createCache would be given', () => {
  it.each<[string, object]>([
    ['', {}],
    ['# nothing but a comment\n', {}],
    ['\uFEFFttl: 1m', { ttl: '1m' }],
    ['ttl: 1m\r\njitter: 0s\r\n', { ttl: '1m', jitter: '0s' }],
    ['"ttl": "1m"', { ttl: '1m' }],
    ['namespace: shop', { namespace: 'shop' }],
    // As it is written, not as YAML would read it.
    ['namespace: 010', { namespace: '010' }],
    ['namespace: yes', { namespace: 'yes' }],
    ['namespace: >-\n  shop', { namespace: 'shop' }],
    [
      'staleWhileRevalidate: 1m\nstaleIfError: never\nrefreshAhead: 0.8',
      { staleWhileRevalidate: '1m', staleIfError: 'never', refreshAhead: 0.8 },
    ],
    ['refreshAhead: auto', { refreshAhead: 'auto' }],
    ['refreshAhead: off', { refreshAhead: false }],
    ['loaderTimeout: { soft: 200ms, hard: 5s }', { loaderTimeout: { soft: '200ms', hard: '5s' } }],
    ['memory: off', { memory: {} }],
    ['memory: 64mb', { memory: { maxBytes: '64mb' } }],
    [
      'memory:\n  maxEntries: 10\n  policy: lru\n  values: share',
      { memory: { maxEntries: 10, policy: 'lru', values: 'share' } },
    ],
    ['loaderTimeout:\n  # nothing yet\nnamespaces:\nservice:\n', {}],
    ['store: memory:?maxBytes=1mb', { memory: { maxBytes: '1mb' } }],
    [
      'store: memory:?maxBytes=1mb&maxEntries=5\nmemory: { maxEntries: 7 }',
      { memory: { maxBytes: '1mb', maxEntries: 7 } },
    ],
    ['onStoreError: throw\nstoreTimeout: 500ms', { onStoreError: 'throw', storeTimeout: '500ms' }],
    ['store: lmdb:./x\ncompression: zstd', { compression: { codec: 'zstd' } }],
    ['store: lmdb:./x\ncompression: off', {}],
    ['store: lmdb:./x\ncompression: { codec: lz4, above: 4kb }', { compression: { codec: 'lz4', above: '4kb' } }],
    ['circuitBreaker: off', { circuitBreaker: false }],
    ['circuitBreaker: { failures: 3, pause: 1s }', { circuitBreaker: { failures: 3, pause: '1s' } }],
    ['service: { host: 0.0.0.0, port: 80 }', {}],
    ['ttl: &life 2m\njitter: *life', { ttl: '2m', jitter: '2m' }],
  ])('%j', async (text, options) => {
    const store = text === 'memory: off' ? '\nstore: lmdb:./x' : '';
    const expected = text === 'memory: off' ? { memory: false } : options;
    const config = await readYaml(text + store);
    expect({ ...config.options, namespaces: { ...config.options.namespaces } }).toEqual({
      ...expected,
      namespaces: readyMade,
    });
  });

  it('has the ready-made namespaces, each of which it can change, and others', async () => {
    const { options } = await readYaml(`
namespaces:
  session: { ttl: 12h, staleIfError: 1h }
  user:
    ttl: 1h
    loaderTimeout: { hard: 2s }
  plain:
  __proto__: { ttl: 1s }
`);
    expect(options.namespaces?.session).toEqual({ ttl: '12h', staleIfError: '1h' });
    expect(options.namespaces?.user).toEqual({ ttl: '1h', loaderTimeout: { hard: '2s' } });
    expect(options.namespaces?.temp).toEqual({ ttl: '60s' });
    expect(Object.keys(options.namespaces ?? {})).toEqual([...Object.keys(readyMade), 'user', 'plain', '__proto__']);
  });
});
