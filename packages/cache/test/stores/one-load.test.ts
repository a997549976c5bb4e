import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Store } from '../../src/contracts/store.js';
import { lmdbStore } from '../../src/stores/lmdb/index.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../servers/redis.js';
import { newPrefix, sharedRedis } from '../servers/shared-redis.js';
import { expectOneLoad } from './expect-one-load.js';

/** With the bus that the store has by itself. */
async function expectOneLoadOn(store: Store, otherStore: Store): Promise<void> {
  const [one, other] = [createCache({ store }), createCache({ store: otherStore })];
  try {
    await expectOneLoad(one, other);
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
}

describe('two caches load a cold key once, and store nothing that was deleted meanwhile', () => {
  it('on LMDB', async () => {
    const path = await mkdtemp(join(tmpdir(), 'larder-'));
    // One opening a process: see docs/stores/lmdb.md.
    const store = lmdbStore({ path });
    await expectOneLoadOn(store, store);
    await rm(path, { recursive: true });
  });

  it.skipIf(redisIsMissing !== undefined)(`on Redis${ifRedis}`, async () => {
    const [{ url }, prefix] = [await sharedRedis(), newPrefix()];
    const open = () => redisStore({ url, prefix });
    await expectOneLoadOn(open(), open());
  });

  it.skipIf(redisIsMissing !== undefined)(`on Redis that tells of writes itself${ifRedis}`, async () => {
    const [{ url }, prefix] = [await sharedRedis(), newPrefix()];
    const open = () => redisStore({ url, prefix, bus: 'tracking' });
    await expectOneLoadOn(open(), open());
  });
});
