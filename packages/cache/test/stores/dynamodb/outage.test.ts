import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import { createDynamoTable, dynamoStore } from '../../../src/stores/dynamodb/index.js';
import { type DynamoServer, noDynamoServer, skippedBecause, startDynamoServer } from '../../servers/dynamodb.js';

const storeTimeout = 300;
/** For a machine that does other things at the same time. */
const slack = 400;

describe.skipIf(noDynamoServer)(`a cache on a DynamoDB that fails${skippedBecause}`, () => {
  let server: DynamoServer;
  beforeAll(async () => {
    server = await startDynamoServer();
  });
  afterAll(() => server.stop());

  async function openCache() {
    const table = await server.newTable();
    const cache = createCache({
      store: dynamoStore(table),
      memory: false,
      storeTimeout: `${storeTimeout}ms`,
      circuitBreaker: { failures: 5, pause: '200ms' },
    });
    await recovered(
      () => cache.set('known', 'kept'),
      () => cache.get('known'),
      'kept',
    );
    return { cache, table };
  }

  /** Asks until the answer is right: the first call of a cold client may take longer than its deadline. */
  async function recovered(write: () => Promise<unknown>, read: () => Promise<unknown>, value: unknown): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      await write();
      if ((await read()) === value) return;
      if (Date.now() > deadline) throw new Error('The cache did not recover within 20 s.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function within<T>(work: Promise<T>): Promise<T> {
    const begin = performance.now();
    try {
      return await work;
    } finally {
      expect(performance.now() - begin).toBeLessThan(2 * storeTimeout + slack);
    }
  }

  /** What every call answers while the store is away. */
  async function expectDegraded({ cache }: Awaited<ReturnType<typeof openCache>>): Promise<void> {
    expect(await within(cache.get('known'))).toBeUndefined();
    expect(await within(cache.getOrSet('other', () => 'loaded'))).toBe('loaded');
    await within(cache.set('dropped', 1));
    await expect(within(cache.increment('n'))).rejects.toMatchObject({ code: expect.stringMatching(/^LARDER_STORE_/) });
    await expect(within(cache.add('n', 1))).rejects.toMatchObject({ code: expect.stringMatching(/^LARDER_STORE_/) });
    const burst = Array.from({ length: 200 }, (_, at) => cache.getOrSet(`k${at}`, () => at));
    expect(await within(Promise.all(burst))).toEqual(Array.from({ length: 200 }, (_, at) => at));
  }

  it('frozen: every call ends by its deadline, and the thawed server is used again', async () => {
    const opened = await openCache();
    server.freeze();
    await expectDegraded(opened);
    server.thaw();
    const { cache } = opened;
    await recovered(
      () => cache.set('after', 'again'),
      () => cache.get('after'),
      'again',
    );
    await expect.poll(() => cache.get('known'), { timeout: 10_000 }).toBe('kept');
    await cache.close();
  });

  it('frozen: close waits no longer than the deadline', async () => {
    const { cache } = await openCache();
    server.freeze();
    const writes = [cache.set('a', 1), cache.set('b', 2)];
    await within(cache.close().catch(() => {}));
    await within(Promise.all(writes));
    server.thaw();
  });

  it('killed, and restarted empty: says that the table is missing, and goes on once it is made', async () => {
    const opened = await openCache();
    const { cache, table } = opened;
    const messages: string[] = [];
    cache.on('store-error', ({ error }) => messages.push(error.message));
    await server.kill();
    await expectDegraded(opened);
    expect(messages.join('\n')).toMatch(/DynamoDB cannot be reached at http:\/\/127\.0\.0\.1:\d+ \(ECONN/);

    await server.restart();
    const deadline = Date.now() + 10_000;
    while (!messages.some((message) => message.includes('larder setup dynamodb')) && Date.now() < deadline) {
      await cache.get('known');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(messages.join('\n')).toMatch(/There is no table table-\d+ at .* larder setup dynamodb --table table-\d+/);

    await createDynamoTable(table);
    await recovered(
      () => cache.set('after', 'again'),
      () => cache.get('after'),
      'again',
    );
    expect(await cache.get('known')).toBeUndefined();
    await cache.close();
  });
});
