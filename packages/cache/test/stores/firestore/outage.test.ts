import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import type { Cache } from '../../../src/contracts/cache.js';
import { firestoreStore } from '../../../src/stores/firestore/index.js';
import { type FirestoreServer, firestoreMissing, skipNote, startFirestore } from '../../servers/firestore.js';
import { newCollection } from './emulator-client.js';

const deadline = 300;
/** The machine that runs this has other things to do. */
const slack = 250;

describe.skipIf(firestoreMissing !== undefined)(`outages of a Firestore server${skipNote}`, () => {
  let server: FirestoreServer;
  let cache: Cache;

  beforeAll(async () => {
    server = await startFirestore();
    // What users of an emulator set: the client of the store's own is made by it.
    process.env.FIRESTORE_EMULATOR_HOST = server.host;
    process.env.METADATA_SERVER_DETECTION = 'none';
  });
  afterAll(async () => {
    delete process.env.FIRESTORE_EMULATOR_HOST;
    await server?.stop();
  });

  beforeEach(async () => {
    cache = createCache({
      store: firestoreStore({ projectId: 'larder-test', collection: newCollection() }),
      storeTimeout: `${deadline}ms`,
      circuitBreaker: { failures: 3, pause: '200ms' },
      memory: false,
    });
    await eventually(() => cache.set('before', 'kept'));
  });
  afterEach(async () => {
    // What is under way may take one deadline, and what waits for the store has one more try.
    const end = timed(() => cache.close());
    expect((await end).millis).toBeLessThan(2 * deadline + 2 * slack);
  });

  it('killed: reads miss, writes wait, truth rejects, each within the deadline', async () => {
    await server.kill();
    await expectDegraded(cache);
    await server.restart();
    await eventually(async () => (await cache.set('after', 'new')) && (await cache.get('after')) === 'new');
    // It came back empty, and gets what waited for it.
    await eventually(async () => (await cache.get('waiting')) === 'for the store');
    expect(await cache.get('before')).toBeUndefined();
    await eventually(async () => (await cache.increment('n')) > 0);
  }, 30_000);

  it('frozen: the same, and what stood before is there again when it goes on', async () => {
    await server.freeze();
    try {
      await expectDegraded(cache);
    } finally {
      server.thaw();
    }
    await eventually(async () => (await cache.get('before')) === 'kept');
    await eventually(async () => (await cache.get('waiting')) === 'for the store');
    await eventually(async () => (await cache.set('after', 'new')) && (await cache.get('after')) === 'new');
  }, 30_000);

  it('frozen: close does not wait for it', async () => {
    const own = createCache({
      store: firestoreStore({ projectId: 'larder-test', collection: newCollection() }),
      storeTimeout: `${deadline}ms`,
    });
    await server.freeze();
    try {
      own.set('k', 'value').catch(() => {});
      expect((await timed(() => own.close())).millis).toBeLessThan(2 * deadline + 2 * slack);
    } finally {
      server.thaw();
    }
  }, 30_000);

  it('killed: close comes while the client tries again, and nothing is left that ends the process', async () => {
    const own = createCache({
      store: firestoreStore({ projectId: 'larder-test', collection: newCollection() }),
      storeTimeout: `${deadline}ms`,
    });
    await eventually(() => own.set('k', 'value'));
    await server.kill();
    await Promise.all([own.get('other'), own.set('k', 'lost'), own.getKeysByIndex('a', 'b').catch(() => {})]);
    expect((await timed(() => own.close())).millis).toBeLessThan(deadline + 2 * slack);
    // Vitest fails on a rejection that nobody handles: there is time for one.
    await server.restart();
  }, 30_000);
});

async function expectDegraded(cache: Cache): Promise<void> {
  const calls: readonly (readonly [name: string, call: () => Promise<unknown>, answer: unknown])[] = [
    ['get', () => cache.get('before'), undefined],
    ['getOrSet', () => cache.getOrSet('before', () => 'loaded'), 'loaded'],
    ['set', () => cache.set('waiting', 'for the store'), false],
    ['increment', () => cache.increment('n').catch((error) => error.code), /^LARDER_STORE_/],
    ['add', () => cache.add('a', 1).catch((error) => error.code), /^LARDER_STORE_/],
    ['keysPage', () => cache.keysPage({}).catch((error) => error.code), /^LARDER_STORE_/],
  ];
  for (const [name, call, answer] of calls) {
    const { result, millis } = await timed(call);
    expect(millis, name).toBeLessThan(deadline + slack);
    if (answer instanceof RegExp) expect(result, name).toMatch(answer);
    else expect(result, name).toEqual(answer);
  }
}

async function timed<Result>(call: () => Promise<Result>): Promise<{ result: Result; millis: number }> {
  const start = performance.now();
  const result = await call();
  return { result, millis: performance.now() - start };
}

/** Recovery takes as long as the client needs to connect again: asks until it is so. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  await expect.poll(() => isSo().catch(() => false), { timeout: 15_000, interval: 100 }).toBe(true);
}
