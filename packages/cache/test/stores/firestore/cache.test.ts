import type { Firestore } from '@google-cloud/firestore';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import type { Cache } from '../../../src/contracts/cache.js';
import { firestoreStore } from '../../../src/stores/firestore/index.js';
import { type FirestoreServer, firestoreMissing, skipNote, startFirestore } from '../../servers/firestore.js';
import { expectOneHolder } from '../expect-one-holder.js';
import { expectOneLoad } from '../expect-one-load.js';
import { emulatorClient, newCollection } from './emulator-client.js';

describe.skipIf(firestoreMissing !== undefined)(`two caches on one collection of Firestore${skipNote}`, () => {
  let server: FirestoreServer;
  let client: Firestore;
  let one: Cache;
  let other: Cache;

  beforeAll(async () => {
    server = await startFirestore();
    client = emulatorClient(server.host);
    // The first request of a fresh emulator takes seconds.
    await client.collection('warm').doc('up').get();
  });
  afterAll(async () => {
    await client?.terminate();
    await server?.stop();
  });
  beforeEach(() => {
    const collection = newCollection();
    const open = () =>
      createCache({ ttl: '1h', memory: false, storeTimeout: '10s', store: firestoreStore({ client, collection }) });
    [one, other] = [open(), open()];
  });
  afterEach(() => Promise.all([one.close(), other.close()]));

  it.each([
    ['nothing much', 0, '', false, null],
    ['dates and bytes', new Date(1_700_000_000_123), new Uint8Array([0, 255]), -(2n ** 80n)],
    ['maps, sets and gaps', new Map([[1, new Set(['a'])]]), [undefined, 1], { a: undefined }],
  ])('give values of every kind back as they went in: %s', async (...values) => {
    await one.set('k', values);
    expect(await other.get('k')).toStrictEqual(values);
  });

  it('load once, and find what the other loaded', async () => {
    expect(await one.getOrSet('k', () => ({ loaded: 1 }))).toEqual({ loaded: 1 });
    expect(await other.getOrSet('k', () => ({ loaded: 2 }))).toEqual({ loaded: 1 });
    const many = await other.getOrSetMany(['k', 'l'], (keys) => new Map(keys.map((key) => [key, { loaded: 3 }])));
    expect([...many.values()]).toEqual([{ loaded: 1 }, { loaded: 3 }]);
  });

  it('load a cold key once, and store nothing that was deleted meanwhile', () => expectOneLoad(one, other));

  it('lose no step of a counter', async () => {
    const steps = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? one : other).increment('n'));
    expect(new Set(await Promise.all(steps)).size).toBe(40);
    expect(await one.get('n')).toBe(40);
  });

  it('add a key once between them', async () => {
    expect((await Promise.all([one.add('k', 1), other.add('k', 2)])).filter(Boolean)).toHaveLength(1);
  });

  it('have a lock one at a time, with rising tokens', () => expectOneHolder(one, other));

  it('invalidate tags for each other', async () => {
    await one.set('tagged', 1, { tags: ['a', 'b'] });
    await one.set('untagged', 1);
    await other.invalidateTags(['b']);
    expect([await one.get('tagged'), await one.get('untagged')]).toEqual([undefined, 1]);
    await one.set('tagged', 2, { tags: ['b'] });
    expect(await other.get('tagged')).toBe(2);
  });

  it('clear a namespace for each other, and no other namespace', async () => {
    await one.namespace('a').set('k', 1);
    await one.namespace('b').set('k', 2);
    await other.namespace('a').clear();
    expect([await one.namespace('a').get('k'), await one.namespace('b').get('k')]).toEqual([undefined, 2]);
  });

  it('find entries by their terms, within a namespace', async () => {
    const terms = { indexes: { user: 'alice' } };
    await one.namespace('a').set('x', 1, terms);
    await one.namespace('a').set('y', 2, terms);
    await one.namespace('b').set('z', 3, terms);
    expect((await other.namespace('a').getKeysByIndex('user', 'alice')).sort()).toEqual(['x', 'y']);
    expect(await other.namespace('a').deleteByIndex('user', 'alice')).toBe(2);
    expect(await one.namespace('b').getKeysByIndex('user', 'alice')).toEqual(['z']);
  });

  it('list and delete by pattern', async () => {
    await one.setMany(['user:1', 'user:2', 'order:1'].map((key) => [key, key]));
    const listed: string[] = [];
    for await (const key of other.keys({ prefix: 'user:' })) listed.push(key);
    expect(listed).toEqual(['user:1', 'user:2']);
    expect(await other.deleteMatching('user:*')).toBe(2);
    expect([...(await one.getMany(['user:1', 'order:1'])).keys()]).toEqual(['order:1']);
  });

  it('remove what has expired', async () => {
    await one.set('brief', 1, { ttl: '1ms' });
    await one.set('long', 1);
    await expect.poll(() => other.prune()).toBe(1);
    expect([await one.get('brief'), await one.get('long')]).toEqual([undefined, 1]);
  });
});
