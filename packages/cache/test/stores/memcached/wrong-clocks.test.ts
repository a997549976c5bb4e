import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import { systemClock } from '../../../src/cache/system-clock.js';
import type { Cache } from '../../../src/contracts/cache.js';
import { memcachedStore } from '../../../src/stores/memcached/index.js';
import { isMemcachedMissing, type MemcachedServer, skipReason, startMemcached } from '../../servers/memcached.js';
import { skewedClock } from '../../tiers/skewed-clock.js';

const minute = 60_000;
/** What docs/clocks.md says of memcached, which tells whole seconds. */
const apart = 4_000;

describe.skipIf(isMemcachedMissing)(`caches whose clocks are minutes apart, on two memcached${skipReason}`, () => {
  let servers: MemcachedServer[];
  let caches: Cache[];
  const open = (by: number) =>
    createCache({
      clock: skewedClock(systemClock, by),
      storeTime: true,
      store: memcachedStore({ servers: servers.map(({ address }) => address) }),
      memory: false,
    });

  beforeAll(async () => {
    servers = await Promise.all([startMemcached(), startMemcached()]);
    caches = [-7 * minute, 0, 7 * minute].map(open);
  });
  afterAll(async () => {
    await Promise.all(caches.map((cache) => cache.close()));
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('agree on times, but for seconds', async () => {
    for (const [at, cache] of caches.entries()) {
      await cache.set(`by ${at}`, at, { ttl: '1m' });
      expect(Math.abs(((await cache.getEntry(`by ${at}`))?.createdAt ?? 0) - Date.now())).toBeLessThan(apart);
      for (const other of caches) {
        expect(Math.abs(((await other.ttlSeconds(`by ${at}`)) ?? 0) - 60)).toBeLessThanOrEqual(apart / 1_000 + 1);
      }
    }
  });

  it('leave a clock alone that is right', async () => {
    const before = Date.now();
    await caches[1]?.set('k', 1, { ttl: '1m' });
    // Its stamp is later than what it has seen of others.
    const begun = ((await caches[1]?.getEntry('k'))?.freshUntil ?? 0) - minute;
    expect(begun).toBeGreaterThanOrEqual(before);
    expect(begun).toBeLessThanOrEqual(Date.now());
  });

  it('ask the next server where the first is down', async () => {
    await servers[0]?.kill();
    const store = memcachedStore({ servers: servers.map(({ address }) => address) });
    const { time = 0, error = 0 } = (await store.time?.({ now: 0 })) ?? {};
    expect(Math.abs(time - Date.now())).toBeLessThanOrEqual(error + 1_000);
    await servers[1]?.kill();
    await expect(store.time?.({ now: 0 })).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    await store.close();
  });
});
