import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { compressionCodecs } from '../../src/codecs/compression/compressor.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { Store, StoreCall, StoredEntry } from '../../src/contracts/store.js';
import { childPath, namespacePrefix } from '../../src/keys/namespace.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { keptValues } from '../codecs/kept-values.js';
import { loadAllCodecs } from '../codecs/layers.js';
import { expectSame } from '../codecs/same-value.js';
import { openTwo, pairs, type TwoCaches } from '../tags/two-caches.js';

beforeAll(loadAllCodecs);

const old = { id: '2026-10', secret: Buffer.alloc(32, 'old secret') };
const young = { id: '2026-11', secret: Buffer.alloc(32, 'young secret') };
const rows = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ id, name: `user ${id}`, email: `user${id}@example.org` }));

const writers: readonly { readonly name: string; readonly options: CreateCacheOptions }[] = [
  { name: 'neither', options: {} },
  ...compressionCodecs.flatMap((codec) => [
    { name: codec, options: { compression: { codec, above: '0b' } } as const },
    {
      name: `${codec} and encryption`,
      options: { compression: { codec, above: '0b' }, encryption: { keys: [young] } } as const,
    },
  ]),
  { name: 'encryption', options: { encryption: { keys: [young] } } },
  { name: 'encryption with the old key', options: { encryption: { keys: [old] } } },
];

/** The reasons of the misses for what could not be read. */
function reasonsOf(cache: Cache): string[] {
  const reasons: string[] = [];
  cache.on('undecodable', ({ reason }) => reasons.push(reason));
  return reasons;
}

/** The key under which the store has an entry of the root. */
const physical = (key: string): string => namespacePrefix([]) + key;

async function storedAt({ store, clock }: TwoCaches, physicalKey: string): Promise<StoredEntry> {
  const [found] = await store.get([physicalKey], { now: clock.now() });
  if (found === undefined) throw new Error(`The store has no ${physicalKey}.`);
  return found;
}

async function rawBytes(two: TwoCaches, key: string): Promise<Buffer> {
  return Buffer.from((await storedAt(two, physical(key))).bytes);
}

async function putRaw({ store, clock }: TwoCaches, physicalKey: string, bytes: Uint8Array): Promise<void> {
  const write = { key: physicalKey, bytes, expiresAt: clock.now() + 60_000, version: 'v', indexes: {} };
  await store.set([write], { now: clock.now() });
}

describe.each(pairs.filter(({ hasMemory }) => !hasMemory))(
  'caches of every setting on one store ($name)',
  ({ open }) => {
    it('read each other, every kind of value', async () => {
      const two = await open();
      const readers = writers.map(({ options }) =>
        two.newcomer({
          ...options,
          encryption: { keys: options.encryption?.keys[0] === old ? [old, young] : [young, old] },
        }),
      );
      const values = keptValues();
      for (const [at, { options }] of writers.entries()) {
        const writer = two.newcomer(options);
        await writer.setMany(values.map(([name, value]) => [`${at} ${name}`, value] as const));
      }
      for (const [at] of writers.entries()) {
        for (const reader of readers) {
          const found = await reader.getMany(values.map(([name]) => `${at} ${name}`));
          for (const [name, value] of values) expectSame(found.get(`${at} ${name}`), value);
        }
        for (const [name, value] of values) expectSame(await readers[at]?.get(`${at} ${name}`), value);
      }
      await two.close();
    });

    it.each(writers)('change what another wrote: $name', async ({ options }) => {
      const two = await open({ encryption: { keys: [young, old] } });
      const writer = two.newcomer(options);
      await writer.setMany<unknown>([
        ['count', 1],
        ['user', { name: 'a'.repeat(3_000) }],
      ]);
      expect(await two.one.increment('count', 2)).toBe(3);
      expect(await two.one.update('user', { age: 3 })).toEqual({ name: 'a'.repeat(3_000), age: 3 });
      expect(await two.one.touch('user', '1h')).toBe(true);
      two.clock.advance(30 * 60_000);
      expect(await two.other.get('user')).toEqual({ name: 'a'.repeat(3_000), age: 3 });
      expect(await two.other.add('user', 1)).toBe(false);
      await two.close();
    });

    it('large values, one and many, by every way to write', async () => {
      const two = await open({ compression: { codec: 'brotli' }, encryption: { keys: [young] } });
      const large = rows(5_000);
      await two.one.set('set', large);
      await two.one.add('add', large);
      await two.one.setEntry('entry', large);
      await two.one.getOrSet('loaded', () => large);
      await two.one.setMany(Array.from({ length: 50 }, (_, at) => [`many ${at}`, rows(100)] as const));
      for (const key of ['set', 'add', 'entry', 'loaded']) {
        expect((await rawBytes(two, key)).length, key).toBeLessThan(JSON.stringify(large).length / 4);
        expect(await two.other.get(key), key).toEqual(large);
      }
      expect(await two.one.update('set', (value) => [...(value as object[]), 1])).toHaveLength(5_001);
      const many = await two.other.getMany(Array.from({ length: 50 }, (_, at) => `many ${at}`));
      expect([...many.values()]).toEqual(Array.from({ length: 50 }, () => rows(100)));
      await two.close();
    });

    it('tags, clear and stale windows work as without', async () => {
      const two = await open({ encryption: { keys: [young], unencrypted: 'refuse' }, staleIfError: '1h' });
      await two.one.setMany(
        [
          ['a', 1],
          ['b', 2],
        ],
        { tags: ['t'] },
      );
      await two.one.set('c', 3, { indexes: { colour: 'red' } });
      await two.other.invalidateTags(['t'], { remove: true });
      expect([await two.one.get('a'), await two.one.get('c')]).toEqual([undefined, 3]);
      expect(await two.other.getByIndex('colour', 'red')).toEqual([3]);
      await two.other.clear();
      expect(await two.one.get('c')).toBeUndefined();
      await two.close();
    });
  },
);

describe.each(pairs.filter(({ hasMemory }) => !hasMemory))('a reader that cannot ($name)', ({ open }) => {
  const cases: readonly [name: string, writer: CreateCacheOptions, reader: CreateCacheOptions, reason: RegExp][] = [
    ['for want of keys', { encryption: { keys: [young] } }, {}, /key '2026-11', which this cache does not have/],
    ['for want of the key', { encryption: { keys: [young] } }, { encryption: { keys: [old] } }, /key '2026-11'/],
    [
      'for another secret',
      { encryption: { keys: [young] } },
      { encryption: { keys: [{ ...old, id: young.id }] } },
      /not authentic/,
    ],
    ['as it refuses', {}, { encryption: { keys: [young], unencrypted: 'refuse' } }, /not encrypted/],
  ];
  it.each(cases)(
    '%s has a miss and an event, loads for itself, and takes no part',
    async (_, writer, reader, reason) => {
      const two = await open();
      await two.newcomer(writer).set('k', 'of the writer');
      const cache = two.newcomer(reader);
      const reasons = reasonsOf(cache);
      expect(await cache.get('k')).toBeUndefined();
      expect([...(await cache.getMany(['k'])).keys()]).toEqual([]);
      expect(reasons).toEqual([expect.stringMatching(reason), expect.stringMatching(reason)]);
      expect(await cache.touch('k', '1h')).toBe(false);
      expect(await two.newcomer(writer).get('k')).toBe('of the writer');
      expect(await cache.getOrSet('k', () => 'of the reader')).toBe('of the reader');
      expect(await cache.get('k')).toBe('of the reader');
      await two.close();
    },
  );

  it('a moved, a damaged and a cut envelope are misses', async () => {
    const two = await open({ encryption: { keys: [young] }, compression: { codec: 'gzip' } });
    await two.one.setMany<unknown>([
      ['mine', 'mine'],
      ['theirs', rows(100)],
    ]);
    const reasons = reasonsOf(two.other);
    const theirs = await rawBytes(two, 'theirs');
    await putRaw(two, physical('mine'), theirs);
    expect(await two.other.get('mine')).toBeUndefined();
    const damaged = Buffer.from(theirs);
    damaged[theirs.length - 20] = (theirs[theirs.length - 20] as number) ^ 1;
    await putRaw(two, physical('theirs'), damaged);
    expect(await two.other.get('theirs')).toBeUndefined();
    await putRaw(two, physical('theirs'), theirs.subarray(0, -1));
    expect(await two.other.get('theirs')).toBeUndefined();
    await putRaw(two, physical('theirs'), theirs);
    expect(await two.other.get('theirs')).toEqual(rows(100));
    expect(reasons).toEqual(
      [/not authentic/, /not authentic/, /as long as/].map((each) => expect.stringMatching(each)),
    );
    await two.close();
  });

  it('an envelope of another namespace is a miss', async () => {
    const two = await open({ encryption: { keys: [young] } });
    await two.one.namespace('a').set('k', 'of a');
    const of = (namespace: string): string => `${namespacePrefix(childPath([], namespace))}k`;
    await putRaw(two, of('b'), (await storedAt(two, of('a'))).bytes);
    const reasons = reasonsOf(two.one.namespace('b'));
    expect(await two.one.namespace('b').get('k')).toBeUndefined();
    expect(reasons).toEqual([expect.stringMatching(/not authentic/)]);
    await two.close();
  });

  it('an old envelope with a longer life is a miss', async () => {
    const two = await open({ encryption: { keys: [young] } });
    await two.one.set('session', 'admin', { ttl: '1s' });
    const bytes = await rawBytes(two, 'session');
    two.clock.advance(5_000);
    bytes.writeDoubleLE(two.clock.now() + 60_000, 16);
    bytes.writeDoubleLE(two.clock.now() + 60_000, 24);
    await putRaw(two, physical('session'), bytes);
    expect(await two.other.get('session')).toBeUndefined();
    await two.close();
  });
});

describe('keys are rotated', () => {
  it('the new one first, then without the old one; a touch seals anew', async () => {
    const two = openTwo(memoryMapStore(), { memory: false });
    await two.newcomer({ encryption: { keys: [old] } }).setMany([
      ['touched', 1],
      ['left', 2],
    ]);
    const rotating = two.newcomer({ encryption: { keys: [young, old] } });
    expect(await rotating.get('touched')).toBe(1);
    await rotating.touch('touched', '1h');
    const rotated = two.newcomer({ encryption: { keys: [young], unencrypted: 'refuse' } });
    expect([await rotated.get('touched'), await rotated.get('left')]).toEqual([1, undefined]);
    await two.close();
  });
});

describe('what a store gets', () => {
  it('says nothing of an encrypted value', async () => {
    const two = openTwo(memoryMapStore(), { memory: false, encryption: { keys: [young] } });
    await two.one.set('k', { card: '4111 1111 1111 1111' }, { tags: ['visible'] });
    const bytes = await rawBytes(two, 'k');
    expect([bytes.includes('4111'), bytes.includes('card'), bytes.includes('visible')]).toEqual([false, false, true]);
    await two.close();
  });

  it('is compressed above the size alone, and not where that gains nothing', async () => {
    const two = openTwo(memoryMapStore(), { memory: false, compression: { codec: 'gzip' } });
    await two.one.setMany<unknown>([
      ['small', 'a'.repeat(1_024)],
      ['large', 'a'.repeat(1_025)],
      ['noise', randomBytes(5_000)],
      ['large noise', randomBytes(500_000)],
    ]);
    const flags = await Promise.all(['small', 'large', 'noise', 'large noise'].map((key) => rawBytes(two, key)));
    expect(flags.map((bytes) => (bytes[3] as number) & 6)).toEqual([0, 2, 0, 0]);
    await two.close();
  });
});

describe('the read that a store answers at once', () => {
  /** Counts the reads that were not answered at once. */
  function counted(store: Store): Store & { readonly later: { count: number } } {
    const later = { count: 0 };
    const get = (keys: readonly string[], call: StoreCall) => {
      later.count++;
      return store.get(keys, call);
    };
    const getNow = (key: string): Uint8Array | undefined => found.get(key);
    const found = new Map<string, Uint8Array>();
    const set: Store['set'] = (writes, call) => {
      for (const { key, bytes } of writes) found.set(key, bytes);
      return store.set(writes, call);
    };
    return { ...store, later, get, getNow, set };
  }

  it.each([
    { rows: 500, count: 0, name: 'stays at once up to 64 kB' },
    { rows: 5_000, count: 1, name: 'leaves the event loop alone above that' },
  ])('$name', async ({ rows: length, count }) => {
    const store = counted(memoryMapStore());
    const two = openTwo(store, { memory: false, compression: { codec: 'gzip' }, encryption: { keys: [young] } });
    await two.one.set('k', rows(length));
    store.later.count = 0;
    expect(await two.one.get('k')).toEqual(rows(length));
    expect(store.later.count).toBe(count);
    await two.close();
  });
});
