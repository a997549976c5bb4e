import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import type { Cache } from '../../../src/contracts/cache.js';
import { redisStore } from '../../../src/stores/redis/index.js';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../../servers/redis.js';

const deadline = 300;
/** What a busy machine may add. */
const slack = 250;

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function timed<Result>(work: Promise<Result>): Promise<{ took: number; result: Result | Error }> {
  const start = performance.now();
  const result = await work.catch((error: Error) => error);
  return { took: performance.now() - start, result };
}

/** Calls until one is answered as it should be. */
async function until(check: () => Promise<boolean>, milliseconds = 10_000): Promise<void> {
  for (const end = Date.now() + milliseconds; Date.now() < end; ) {
    if (await check().catch(() => false)) return;
    await later(50);
  }
  throw new Error('It did not recover.');
}

describe.skipIf(redisIsMissing)(`a cache whose Redis is away${ifRedis}`, () => {
  let server: RedisServer;
  let cache: Cache;
  beforeEach(async () => {
    server = await startRedis();
    const store = redisStore({ url: server.url });
    cache = createCache({
      ttl: '1m',
      memory: false,
      store,
      storeTimeout: `${deadline}ms`,
      circuitBreaker: { pause: '200ms' },
    });
    await cache.set('k', 'old');
  });
  afterEach(async () => {
    server.thaw();
    await cache.close();
    await server.stop();
  });

  const expectDegraded = async () => {
    for (let round = 0; round < 3; round++) {
      const calls = await Promise.all([
        timed(cache.get('k')),
        timed(cache.set('k', 'new')),
        timed(cache.getOrSet('l', () => 'loaded')),
        timed(cache.delete('k')),
        timed(cache.increment('n', 1)),
        timed(cache.add('a', 1)),
      ]);
      const [got, set, loaded, , incremented, added] = calls;
      expect(got.result).toBeUndefined();
      expect(set.result).toBe(false);
      expect(loaded.result).toBe('loaded');
      expect(incremented.result).toMatchObject({ code: expect.stringMatching(/^LARDER_STORE_/) });
      expect(added.result).toMatchObject({ code: expect.stringMatching(/^LARDER_STORE_/) });
      // A load that looks the key up before and stores it after waits twice.
      for (const { took } of calls) expect(took).toBeLessThan(2 * deadline + slack);
      expect(got.took).toBeLessThan(deadline + slack);
    }
  };

  const expectRecovered = async () => {
    await until(async () => (await cache.increment('recovered', 1)) > 0);
    await cache.set('k', 'again');
    expect(await cache.get('k')).toBe('again');
  };

  it('loads, drops writes and refuses counts while it is killed, and goes on when it is back, empty', async () => {
    await server.kill();
    await expectDegraded();
    await server.restart();
    await expectRecovered();
  });

  it('does the same while it is frozen, and when it thaws', async () => {
    server.freeze();
    await expectDegraded();
    server.thaw();
    await expectRecovered();
  });

  it('begins without it, and finds it when it comes', async () => {
    await server.kill();
    const late = createCache({
      ttl: '1m',
      memory: false,
      store: redisStore({ url: server.url }),
      storeTimeout: `${deadline}ms`,
      circuitBreaker: { pause: '200ms' },
    });
    const first = await timed(late.getOrSet('k', () => 'loaded'));
    expect(first).toMatchObject({ result: 'loaded' });
    expect(first.took).toBeLessThan(2 * deadline + slack);
    await server.restart();
    await until(async () => (await late.increment('n', 1)) > 0);
    await late.close();
  });

  it('closes within its deadline while it is frozen', async () => {
    server.freeze();
    const writing = cache.set('k', 1);
    expect((await timed(cache.close())).took).toBeLessThan(3 * deadline + slack);
    await writing;
  });
});
