import { afterAll, beforeAll, describe, it } from 'vitest';
import { memcachedStore } from '../../src/stores/memcached/index.js';
import { describeStoreContract } from '../../src/testing/index.js';
import { isMemcachedMissing, type MemcachedServer, skipReason, startMemcached } from '../servers/memcached.js';

describe.skipIf(isMemcachedMissing)(`memcached${skipReason}`, () => {
  for (const count of [1, 3]) {
    let servers: MemcachedServer[] = [];
    let opened = 0;
    beforeAll(async () => {
      servers = await Promise.all(Array.from({ length: count }, () => startMemcached()));
    });
    afterAll(() => Promise.all(servers.map((server) => server.stop())));

    // A prefix of its own gives each test an empty store.
    const open = async () =>
      memcachedStore({ servers: servers.map(({ address }) => address), prefix: `${opened}:`, answerTimeout: 20_000 });
    describeStoreContract({
      describe,
      it,
      name: count === 1 ? 'one memcached' : `${count} memcached`,
      capabilities: memcachedStore({ servers: ['unused'] }).capabilities,
      // Ahead of the server's clock, which goes on while the suite's stands still, and must drop nothing that is live here.
      tellsTime: true,
      removesExpired: 'memcached removes what has expired by itself',
      startAt: Date.now() + 3_600_000,
      open() {
        opened += 1;
        return open();
      },
      openAgain: open,
    });
  }
});
