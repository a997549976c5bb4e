import {
  readAnything,
  readDuration,
  readEncryptionKeys,
  readName,
  readOffOr,
  readOneOf,
  readRefreshAhead,
  readSize,
  readSpan,
  readWholeNumber,
  readWindow,
  type TextReader,
} from './read-text.js';

/** One thing that can be set: how it is called, read, refused and documented. */
export interface Setting {
  /** Where it stands in a file: `memory.maxBytes` is `maxBytes` in the section `memory`. */
  readonly name: string;
  readonly variable?: string;
  readonly example: string;
  /** For the documentation, where there is a value without it. */
  readonly byDefault?: string;
  /** For the documentation. */
  readonly meaning: string;
  /** True if no message may repeat what was given. */
  readonly isSecret?: true;
  /** True if a namespace can have its own. */
  readonly isEntryDefault?: true;
  readonly read: TextReader;
}

const codecs = ['gzip', 'brotli', 'lz4', 'zstd'] as const;

/** Every setting: what can be read, what is refused, and the table of docs/configuration.md come from here. */
export const settings: readonly Setting[] = Object.freeze([
  {
    name: 'store',
    variable: 'LARDER_STORE',
    example: 'lmdb:./.larder',
    byDefault: 'memory:',
    meaning: 'The address of the store. In a file also a section with `url`, `username` and `password`.',
    isSecret: true,
    read: readAnything,
  },
  {
    name: 'store.username',
    variable: 'LARDER_STORE_USERNAME',
    example: 'larder',
    meaning: 'The user, where the address has none; as it is, without percent-encoding.',
    isSecret: true,
    read: readAnything,
  },
  {
    name: 'store.password',
    variable: 'LARDER_STORE_PASSWORD',
    example: `\${REDIS_PASSWORD}`,
    meaning: 'The password, where the address has none; as it is, without percent-encoding.',
    isSecret: true,
    read: readAnything,
  },
  {
    name: 'namespace',
    variable: 'LARDER_NAMESPACE',
    example: 'shop',
    meaning: 'Separates the keys of this cache from others on the same store.',
    read: readName,
  },
  {
    name: 'ttl',
    variable: 'LARDER_TTL',
    example: '10m',
    byDefault: '5m',
    meaning: 'How long an entry is fresh.',
    isEntryDefault: true,
    read: readDuration,
  },
  {
    name: 'staleWhileRevalidate',
    variable: 'LARDER_STALE_WHILE_REVALIDATE',
    example: '1m',
    byDefault: '0s',
    meaning: 'How long after that it is served while it is renewed.',
    isEntryDefault: true,
    read: readWindow,
  },
  {
    name: 'staleIfError',
    variable: 'LARDER_STALE_IF_ERROR',
    example: '1h',
    byDefault: '0s',
    meaning: 'How long after that it is served when its loader fails.',
    isEntryDefault: true,
    read: readWindow,
  },
  {
    name: 'jitter',
    variable: 'LARDER_JITTER',
    example: '30s',
    byDefault: '0s',
    meaning: 'By how much, at most, lives are shortened by chance.',
    isEntryDefault: true,
    read: readSpan,
  },
  {
    name: 'refreshAhead',
    variable: 'LARDER_REFRESH_AHEAD',
    example: '0.8',
    byDefault: 'off',
    meaning: 'After which part of its life an entry that is read is renewed; `auto` leaves it to chance and cost.',
    isEntryDefault: true,
    read: readRefreshAhead,
  },
  {
    name: 'loaderTimeout.soft',
    variable: 'LARDER_LOADER_TIMEOUT_SOFT',
    example: '200ms',
    byDefault: 'never',
    meaning: 'After how long a stale value is served instead of waiting for the loader.',
    isEntryDefault: true,
    read: readDuration,
  },
  {
    name: 'loaderTimeout.hard',
    variable: 'LARDER_LOADER_TIMEOUT_HARD',
    example: '5s',
    byDefault: 'never',
    meaning: 'After how long a loader is given up.',
    isEntryDefault: true,
    read: readDuration,
  },
  {
    name: 'memory',
    variable: 'LARDER_MEMORY',
    example: '64mb',
    byDefault: '256mb',
    meaning: 'How much memory may hold, or `off` for no memory tier. In a file also a section with the four below.',
    read: readOffOr(readSize, 'is neither a size that says its unit, nor off'),
  },
  {
    name: 'memory.maxBytes',
    example: '64mb',
    byDefault: '256mb',
    meaning: 'How much memory may hold.',
    read: readSize,
  },
  {
    name: 'memory.maxEntries',
    example: '10000',
    byDefault: '100000',
    meaning: 'How many entries memory may hold.',
    read: readWholeNumber(0, 2 ** 24),
  },
  {
    name: 'memory.policy',
    example: 'w-tinylfu',
    byDefault: 'w-tinylfu',
    meaning: 'Which entry gives way: `w-tinylfu`, `s3-fifo` or `lru`.',
    read: readOneOf('w-tinylfu', 's3-fifo', 'lru'),
  },
  {
    name: 'memory.values',
    example: 'freeze',
    byDefault: 'freeze',
    meaning: 'Who may change a cached value: `freeze`, `clone` or `share`.',
    read: readOneOf('freeze', 'clone', 'share'),
  },
  {
    name: 'compression',
    variable: 'LARDER_COMPRESSION',
    example: 'gzip',
    byDefault: 'off',
    meaning:
      'Compresses what goes to the store: `gzip`, `brotli`, `lz4`, `zstd`. In a file also a section with the two below.',
    read: readOffOr(readOneOf(...codecs), `is neither one of ${codecs.join(', ')}, nor off`),
  },
  {
    name: 'compression.codec',
    example: 'gzip',
    meaning: 'How.',
    read: readOneOf(...codecs),
  },
  {
    name: 'compression.above',
    example: '4kb',
    byDefault: '1kb',
    meaning: 'Only payloads that are larger.',
    read: readSize,
  },
  {
    name: 'encryption.keys',
    variable: 'LARDER_ENCRYPTION_KEYS',
    example: `2026-11:\${KEY_2026_11},2026-10:\${KEY_2026_10}`,
    meaning: 'Encrypts what goes to the store: `id:secret` of the key that encrypts, then of those that only decrypt.',
    isSecret: true,
    read: readEncryptionKeys,
  },
  {
    name: 'encryption.unencrypted',
    example: 'refuse',
    byDefault: 'read',
    meaning: 'What becomes of entries that are not encrypted: `read` or `refuse`.',
    read: readOneOf('read', 'refuse'),
  },
  {
    name: 'onStoreError',
    variable: 'LARDER_ON_STORE_ERROR',
    example: 'degrade',
    byDefault: 'degrade',
    meaning: 'What a failing store means for reads and plain writes: `degrade` or `throw`.',
    read: readOneOf('degrade', 'throw'),
  },
  {
    name: 'storeTimeout',
    variable: 'LARDER_STORE_TIMEOUT',
    example: '500ms',
    byDefault: '1s',
    meaning: 'How long a call to the store may take; by default `10s` for one inside the process, as LMDB.',
    read: readDuration,
  },
  {
    name: 'circuitBreaker',
    example: 'off',
    meaning: '`off` for none. Otherwise a section with the two below.',
    read: readOffOr(() => ({ problem: '' }), 'is not off: for anything else write a section with failures and pause'),
  },
  {
    name: 'circuitBreaker.failures',
    example: '10',
    byDefault: '10',
    meaning: 'After how many failures in a row the store is left alone.',
    read: readWholeNumber(1, 1_000_000),
  },
  {
    name: 'circuitBreaker.pause',
    example: '5s',
    byDefault: '5s',
    meaning: 'For how long.',
    read: readDuration,
  },
] satisfies Setting[]);

/** What the service alone reads, in the section `service`. Here so that the library lets them pass in a common file. */
export const serviceSettings: readonly Setting[] = Object.freeze([
  {
    name: 'service.host',
    variable: 'LARDER_HOST',
    example: '127.0.0.1',
    byDefault: '127.0.0.1',
    meaning: 'The address to listen on.',
    read: readAnything,
  },
  {
    name: 'service.port',
    variable: 'LARDER_PORT',
    example: '8080',
    byDefault: '8080',
    meaning: 'The port; 0 takes a free one.',
    read: readAnything,
  },
  {
    name: 'service.controlStore',
    variable: 'LARDER_CONTROL_STORE',
    example: 'lmdb:./.larder-control',
    meaning: 'The address of the store of tenants and API keys, where it is not that of the entries.',
    isSecret: true,
    read: readAnything,
  },
  {
    name: 'service.workers',
    variable: 'LARDER_WORKERS',
    example: '4',
    byDefault: '1',
    meaning: 'How many processes serve the port.',
    read: readAnything,
  },
  {
    name: 'service.drainDelay',
    variable: 'LARDER_DRAIN_DELAY',
    example: '2s',
    byDefault: '2s',
    meaning: 'How long requests are still taken after SIGTERM, while `/readyz` says 503.',
    read: readAnything,
  },
  {
    name: 'service.bootstrapKey',
    variable: 'LARDER_BOOTSTRAP_KEY',
    example: `\${LARDER_KEY}`,
    meaning: 'An API key to accept besides those made.',
    isSecret: true,
    read: readAnything,
  },
  {
    name: 'service.logLevel',
    variable: 'LARDER_LOG_LEVEL',
    example: 'info',
    byDefault: 'info',
    meaning: 'What is logged: `debug`, `info`, `warn`, `error` or `silent`.',
    read: readAnything,
  },
  {
    name: 'service.webhooksAllowLoopback',
    variable: 'LARDER_WEBHOOKS_ALLOW_LOOPBACK',
    example: 'true',
    byDefault: 'false',
    meaning: 'For development: webhooks may be `http:`, and lead to this machine.',
    read: readAnything,
  },
  {
    name: 'service.accessLog',
    variable: 'LARDER_ACCESS_LOG',
    example: 'on',
    byDefault: 'off',
    meaning: 'A line at level `info` for each answer: `on` or `off`.',
    read: readAnything,
  },
  {
    name: 'service.keyTypes',
    variable: 'LARDER_KEY_TYPES',
    example: 'user:*=user,session:*=session',
    meaning: 'Types by which hits and misses are counted: keys, or what keys begin with and `*`, each with its type.',
    read: readAnything,
  },
  {
    name: 'service.metricsTenants',
    variable: 'LARDER_METRICS_TENANTS',
    example: 'on',
    byDefault: 'off',
    meaning: 'Whether metrics name tenants in a label: `on` or `off`.',
    read: readAnything,
  },
] satisfies Setting[]);

export const entryDefaults: readonly Setting[] = Object.freeze(settings.filter(({ isEntryDefault }) => isEntryDefault));
