import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import type { Cache } from '../../../src/contracts/cache.js';
import type { CreateCacheOptions } from '../../../src/options/cache-options.js';
import { dynamoStore } from '../../../src/stores/dynamodb/index.js';
import { keptValues } from '../../codecs/kept-values.js';
import { type DynamoServer, noDynamoServer, skippedBecause, startDynamoServer } from '../../servers/dynamodb.js';
import { expectOneHolder } from '../expect-one-holder.js';
import { expectOneLoad } from '../expect-one-load.js';

describe.skipIf(noDynamoServer)(`two caches on one table of DynamoDB${skippedBecause}`, () => {
  let server: DynamoServer;
  let table: Awaited<ReturnType<DynamoServer['newTable']>>;
  let tests = 0;
  let one: Cache;
  let other: Cache;

  beforeAll(async () => {
    server = await startDynamoServer();
    table = await server.newTable();
  });
  afterAll(() => server.stop());

  const open = (options: CreateCacheOptions = {}) =>
    createCache({
      store: dynamoStore({ ...table, prefix: `test-${tests}` }),
      memory: false,
      ttl: '1h',
      // What a busy machine may need.
      storeTimeout: '20s',
      onStoreError: 'throw',
      ...options,
    });

  beforeEach(() => {
    tests += 1;
    one = open();
    other = open();
  });
  afterEach(() => Promise.all([one.close(), other.close()]));

  it('load a cold key once, and store nothing that was deleted meanwhile', () => expectOneLoad(one, other));

  it('load once, and then read what the other has loaded', async () => {
    expect(await one.getOrSet('k', () => 'loaded')).toBe('loaded');
    expect(await other.getOrSet('k', () => 'loaded again')).toBe('loaded');
    expect(await other.delete('k')).toBe(true);
    expect(await one.get('k')).toBeUndefined();
  });

  it('keep values of every kind', async () => {
    const values = keptValues();
    for (const [name, value] of values) await one.set(name, value);
    for (const [name, value] of values) expect(await other.get(name)).toStrictEqual(value);
  });

  it('keep, read and delete hundreds of keys at a time', async () => {
    const keys = Array.from({ length: 300 }, (_, at) => `key:${at}`);
    await one.setMany(keys.map((key) => [key, key]));
    expect((await other.getMany(keys)).size).toBe(300);
    expect(await other.deleteMany(keys.slice(0, 200))).toBe(200);
    expect((await one.getMany(keys)).size).toBe(100);
  });

  it('see what the other invalidates by a tag, and what it clears', async () => {
    await one.set('a', 1, { tags: ['x'] });
    await one.set('b', 2, { tags: ['y'] });
    await other.invalidateTags(['x']);
    expect([await one.get('a'), await one.get('b')]).toEqual([undefined, 2]);
    await other.clear();
    expect(await one.get('b')).toBeUndefined();
    await one.set('b', 3);
    expect(await other.get('b')).toBe(3);
  });

  it('find entries by their terms right after the other has written them', async () => {
    await one.set('a', 1, { indexes: { user: 'alice', plan: 'pro' } });
    await one.set('b', 2, { indexes: { user: 'alice' } });
    expect((await other.getKeysByIndex('user', 'alice')).sort()).toEqual(['a', 'b']);
    await other.set('a', 3, { indexes: { user: 'bob', plan: 'pro' } });
    expect(await one.getKeysByIndex('user', 'alice')).toEqual(['b']);
    expect(await one.getByIndex('plan', 'pro')).toEqual([3]);
    await one.touch('a', '2h');
    await one.touch('a', '9h');
    expect(await other.getKeysByIndex('user', 'bob')).toEqual(['a']);
    expect(await one.deleteByIndex('user', 'alice')).toBe(1);
    expect(await other.getKeysByIndex('user', 'alice')).toEqual([]);
  });

  it('count together, and lose no step', async () => {
    const steps = Array.from({ length: 50 }, () => [one.increment('n', 1), other.increment('n', 2)]);
    const answers = await Promise.all(steps.flat());
    expect(Math.max(...answers)).toBe(150);
    expect(new Set(answers).size).toBe(100);
    expect(await one.get('n')).toBe(150);
  });

  it('have a lock one at a time, with rising tokens', () => expectOneHolder(one, other));

  it('let one of many add a key', async () => {
    const added = await Promise.all([one, other, one, other].map((cache, at) => cache.add('k', at)));
    expect(added.filter((was) => was).length).toBe(1);
  });

  it('keep namespaces apart, list and delete by pattern in each', async () => {
    const [left, right] = [one.namespace('left'), other.namespace('right')];
    await left.setMany([
      ['user:1', 1],
      ['user:2', 2],
      ['order:1', 3],
    ]);
    await right.set('user:1', 4);
    const listed: string[] = [];
    for await (const key of other.namespace('left').keys({ prefix: 'user:' })) listed.push(key);
    expect(listed.sort()).toEqual(['user:1', 'user:2']);
    expect(await left.deleteMatching('user:*')).toBe(2);
    expect([await left.get('order:1'), await right.get('user:1')]).toEqual([3, 4]);
  });

  it('leave pruning to DynamoDB', async () => {
    await one.set('k', 1, { ttl: '1ms' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await one.prune()).toBe(0);
    expect(await one.get('k')).toBeUndefined();
  });

  it('read eventually consistently where that is asked for', async () => {
    const cheap = open({ store: dynamoStore({ ...table, prefix: `test-${tests}`, consistentRead: false }) });
    await one.set('k', 1, { indexes: { user: 'alice' } });
    // DynamoDB Local shows every write at once either way: this is about the requests being understood.
    expect([await cheap.get('k'), await cheap.getKeysByIndex('user', 'alice')]).toEqual([1, ['k']]);
    await cheap.close();
  });
});
