import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { variable as of, problemsOf } from './config-file.js';

describe('a larder.yaml that cannot be used is refused with its line, the reason and an example', () => {
  it.each<[string, string, string]>([
    ['an unknown name', 'ttl: 1m\n\ntll: 1m', 'larder.yaml:3: tll is unknown: did you mean ttl? Example: ttl: 10m'],
    [
      'one that is like no other',
      'memory:\n  colour: red',
      'larder.yaml:2: memory.colour is unknown: there are maxBytes, maxEntries, policy, values.',
    ],
    [
      'one of a section',
      'memory: { maxbyte: 1mb }',
      'larder.yaml:1: memory.maxbyte is unknown: did you mean maxBytes? Example: maxBytes: 64mb',
    ],
    [
      'an option of the cache in a namespace',
      'namespaces:\n  user:\n    memory: 1mb',
      'larder.yaml:3: namespaces.user.memory is unknown: there are ttl, staleWhileRevalidate, staleIfError, jitter, refreshAhead, loaderTimeout.',
    ],
    [
      'a name that is no word',
      '"a\\nb": 1',
      'larder.yaml:1: "a\\nb" is unknown: there are namespaces, store, namespace, ttl, staleWhileRevalidate, staleIfError, jitter, refreshAhead, loaderTimeout, memory, compression, encryption, onStoreError, storeTimeout, circuitBreaker, service.',
    ],
    [
      'a section in one word',
      'loaderTimeout.hard: 1s',
      'larder.yaml:1: loaderTimeout.hard is unknown: did you mean loaderTimeout?',
    ],
    [
      'a number without a unit',
      'ttl: 300',
      'larder.yaml:1: ttl cannot be used: "300" is no duration that says its unit. Example: ttl: 10m',
    ],
    [
      'a number without a unit, deep down',
      'namespaces:\n  user:\n    loaderTimeout:\n      hard: 5',
      'larder.yaml:4: namespaces.user.loaderTimeout.hard cannot be used: "5" is no duration that says its unit. Example: hard: 5s',
    ],
    [
      'never where there must be an end',
      'jitter: never',
      'larder.yaml:1: jitter cannot be used: "never" is no length of time. Example: jitter: 30s',
    ],
    [
      'a size without a unit',
      'memory: 64',
      'larder.yaml:1: memory cannot be used: "64" is neither a size that says its unit, nor off. Example: memory: 64mb',
    ],
    [
      'a number that is none',
      'memory: { maxEntries: 1e3 }',
      'larder.yaml:1: memory.maxEntries cannot be used: "1e3" is no whole number from 0 to 16777216. Example: maxEntries: 10000',
    ],
    [
      'a word that is none of a few',
      'onStoreError: ignore',
      'larder.yaml:1: onStoreError cannot be used: "ignore" is not one of degrade, throw. Example: onStoreError: degrade',
    ],
    ['nothing', 'ttl:\nnamespace: a', 'larder.yaml:1: ttl cannot be used: it is empty. Example: ttl: 10m'],
    ['an empty text', "ttl: ''", 'larder.yaml:1: ttl cannot be used: it is empty. Example: ttl: 10m'],
    ['a list', 'ttl: [1m]', 'larder.yaml:1: ttl cannot be used: it takes one value. Example: ttl: 10m'],
    [
      'a value where there is a section',
      'loaderTimeout: 5s',
      'larder.yaml:1: loaderTimeout cannot be used: it is a section of settings. Example: loaderTimeout: { soft: 200ms }',
    ],
    [
      'namespaces in a list',
      'namespaces:\n  - user',
      'larder.yaml:1: namespaces cannot be used: it is no section of namespaces with their defaults. Example: user: { ttl: 1h }',
    ],
    [
      'a namespace that is a duration',
      'namespaces:\n  user: 5m',
      'larder.yaml:2: namespaces.user cannot be used: it is no section of defaults. Example: user: { ttl: 1h }',
    ],
    [
      'a variable in a name',
      `namespaces:\n  ${of('TENANT')}: {}`,
      `larder.yaml:2: namespaces."${of('TENANT')}" cannot be used: a name has 1 to 128 characters, and no variables. Example: user: { ttl: 1h }`,
    ],
    [
      'a variable that is not set',
      `ttl: ${of('CACHE_TTL')}`,
      `larder.yaml:1: ttl needs the environment variable CACHE_TTL, which is not set. Example: ttl: ${of('CACHE_TTL:10m')}`,
    ],
    [
      'a soft timeout that is not shorter',
      'loaderTimeout:\n  soft: 5s\n  hard: 1s',
      'larder.yaml:2: loaderTimeout cannot be used: soft is not shorter than hard, and would never have an effect. Example: loaderTimeout: { soft: 200ms, hard: 5s }',
    ],
    [
      'a soft timeout that is not shorter than that of the parent',
      'loaderTimeout: { hard: 1s }\nnamespaces:\n  user:\n    loaderTimeout: { soft: 5s }',
      'larder.yaml:4: namespaces.user.loaderTimeout cannot be used: soft is not shorter than hard, and would never have an effect. Example: loaderTimeout: { soft: 200ms, hard: 5s }',
    ],
    [
      'no memory and no store',
      'memory: off',
      'larder.yaml:1: memory cannot be used: it is off, and there is no other store to keep anything. Example: memory: 64mb',
    ],
    [
      'a codec that there is not',
      'compression: zip',
      'larder.yaml:1: compression cannot be used: "zip" is neither one of gzip, brotli, lz4, zstd, nor off. Example: compression: gzip',
    ],
    [
      'compression by nothing',
      'compression: { above: 4kb }',
      'larder.yaml:1: compression cannot be used: it has no codec. Example: compression: { codec: gzip, above: 4kb }',
    ],
    [
      'encryption without keys',
      'encryption:\n  unencrypted: refuse',
      `larder.yaml:2: encryption cannot be used: it has no keys. Example: encryption: { keys: ${of('ENCRYPTION_KEYS')}, unencrypted: refuse }`,
    ],
    [
      'a key of encryption that is too short',
      'encryption: { keys: "2026-11:hunter2" }',
      `larder.yaml:1: encryption.keys cannot be used: its value is no list of id:secret, each id once, each secret 32 random bytes in base64 or hexadecimal. Example: keys: 2026-11:${of('KEY_2026_11')},2026-10:${of('KEY_2026_10')}`,
    ],
    [
      'a circuit breaker that is on',
      'circuitBreaker: on',
      'larder.yaml:1: circuitBreaker cannot be used: "on" is not off: for anything else write a section with failures and pause. Example: circuitBreaker: off',
    ],
    [
      'a store that there is not',
      'store: lmbd:./x',
      'larder.yaml:1: store cannot be used: "lmbd" names no store of this version: did you mean lmdb:? Example: store: lmdb:./.larder or memory:',
    ],
    [
      'a parameter that there is not',
      'store: memory:?maxByte=1mb',
      'larder.yaml:1: store cannot be used: it has a parameter that it does not know: did you mean maxBytes? Example: store: memory:?maxBytes=64mb',
    ],
    [
      'a password without an address',
      'store:\n  password: hunter2',
      'larder.yaml:2: store cannot be used: there is a user or password, and no address that takes one. Example: store: redis://localhost:6379/0',
    ],
    [
      'a password given twice',
      'store:\n  url: redis://:a@b\n  password: hunter2',
      'larder.yaml:2: store cannot be used: there is a user or password both in the address and apart from it. Example: store: redis://localhost:6379/0',
    ],
    ['the same name twice', 'ttl: 1m\nttl: 2m', 'larder.yaml:2: ttl was given in line 1 already.'],
    ['a tag', 'ttl: !!str 1m', 'larder.yaml:1: it has a tag (!name), which configuration does not use.'],
    [
      'a tag of another program',
      'ttl: !env TTL',
      'larder.yaml:1: it has a tag (!name), which configuration does not use.',
    ],
    ['a list at the top', '- ttl: 1m', 'larder.yaml:1: the file must hold names and values. Example: ttl: 10m'],
    ['a text at the top', 'ttl=1m', 'larder.yaml:1: the file must hold names and values. Example: ttl: 10m'],
    ['two documents', 'ttl: 1m\n---\nttl: 2m', 'larder.yaml:2: a second document begins (---), and only one is read.'],
    ['an open quote', 'ttl: "1m', 'larder.yaml:1: a closing quote, a bracket, or the colon after a name is missing.'],
    ['a tab', 'memory:\n\tmaxBytes: 1mb', 'larder.yaml:2: it is indented with a tab: use spaces.'],
    [
      'a second colon',
      `store: ${of('A: b')}`,
      'larder.yaml:1: it has a second ": " in one line: put the value into quotes.',
    ],
    [
      'a merge key',
      'memory: &m {maxEntries: 1}\n<<: *m',
      'larder.yaml:2: "<<" is unknown: there are namespaces, store, namespace, ttl, staleWhileRevalidate, staleIfError, jitter, refreshAhead, loaderTimeout, memory, compression, encryption, onStoreError, storeTimeout, circuitBreaker, service.',
    ],
    [
      'an alias of nothing',
      'ttl: *life',
      'larder.yaml:1: it has an alias (*name) without an anchor (&name) before it.',
    ],
    ['an alias of itself', 'namespaces: &a\n  user: *a', 'larder.yaml:2: it is nested too deeply here.'],
    ['depth', `ttl: ${'['.repeat(50_000)}`, 'larder.yaml: is nested too deeply.'],
    ['depth without brackets', '- '.repeat(30_000), 'larder.yaml: is nested too deeply.'],
    ['length', `# ${'x'.repeat(100_000)}`, 'larder.yaml: is longer than 64 KiB.'],
  ])('%s', async (_, text, line) => {
    expect(await problemsOf(text)).toEqual([line]);
  });

  it('aliases of aliases, before they fill memory', async () => {
    const lines = Array.from({ length: 12 }, (_, at) => {
      const before = Array.from({ length: 9 }, (_, name) => `k${name}: ${at === 0 ? 'x' : `*a${at - 1}`}`);
      return `b${at}: &a${at} {${before.join(', ')}}`;
    });
    const [line, ...more] = await problemsOf(lines.join('\n'));
    expect(more).toEqual([]);
    expect(line).toMatch(/^larder\.yaml:\d+: its aliases stand for too much\.$/);
  });

  it('whatever the file holds: there is no other error', async () => {
    const words = fc.constantFrom(
      ...'ttl store memory namespaces user 5m : : \n \n - [ ] { } & * a # \' " | > ? % @ ` ! ~ \t , << $ { }'.split(
        ' ',
      ),
      ' ',
      '  ',
      '\n',
    );
    const text = fc.oneof(
      fc.array(words, { maxLength: 40 }).map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    );
    // problemsOf throws on with what is no InvalidConfigError.
    await fc.assert(
      fc.asyncProperty(text, async (source) => void (await problemsOf(source))),
      { numRuns: 500 },
    );
  });

  it('all problems at once, from top to bottom, those of the environment last', async () => {
    const text = 'tll: 1m\nttl: 5\nmemory:\n  policy: best\nnamespaces:\n  user: { ttl: soon }\nstore: imdb:x';
    const problems = await problemsOf(text, { LARDER_JITTER: 'x', LARDER_NAMESPACE: '' });
    expect(problems.map((line) => line.split(' ', 2).join(' '))).toEqual([
      'larder.yaml:1: tll',
      'larder.yaml:2: ttl',
      'larder.yaml:4: memory.policy',
      'larder.yaml:6: namespaces.user.ttl',
      'larder.yaml:7: store',
      'LARDER_NAMESPACE cannot',
      'LARDER_JITTER cannot',
    ]);
  });
});

describe('no message tells a secret', () => {
  it.each([
    ['in an address', 'store: redis://user:hunter2@host:x'],
    ['in an address without a scheme', 'store: user.name:hunter2@host'],
    ['raw in an address', 'store: redis://:hun/ter2?hunter2@host'],
    ['in a section', 'store: { url: "memory:", password: hunter2 }'],
    ['under a misspelt name', 'store: { url: "memory:", pasword: hunter2 }'],
    ['in a list', 'store: [hunter2]'],
    ['from a variable, in the wrong place', `ttl: ${of('SECRET')}`],
    ['from a variable, within a text', `memory: { policy: "lru ${of('SECRET')}" }`],
    ['behind a quote that is not closed', 'store: "redis://:hunter2@host'],
    ['in a line that is no YAML', 'store: {\n  hunter2\n  hunter2: ]'],
    ['behind an escape that is none', 'store: "\\qhunter2"'],
    ['of the service', `service: { bootstrapKey: [hunter2], prot: hunter2 }`],
  ])('%s', async (_, text) => {
    const problems = await problemsOf(text, { SECRET: 'hunter2' });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  it('of the environment', async () => {
    const problems = await problemsOf('', { LARDER_STORE: 'redis://:hunter2@h', LARDER_STORE_PASSWORD: 'hunter2' });
    expect(problems).toEqual([
      'LARDER_STORE cannot be used: there is a user or password both in the address and apart from it. Example: LARDER_STORE=redis://localhost:6379/0',
    ]);
  });
});
