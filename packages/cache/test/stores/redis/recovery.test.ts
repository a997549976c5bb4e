import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import type { Cache } from '../../../src/contracts/cache.js';
import { redisStore } from '../../../src/stores/redis/index.js';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../../servers/redis.js';

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A process, as it were: a cache with memory, a store and a bus of its own. */
interface Node {
  readonly cache: Cache;
  readonly recoveries: unknown[];
}

describe.skipIf(redisIsMissing)(`writes while Redis is away${ifRedis}`, () => {
  let server: RedisServer;
  let opened: Cache[];
  beforeEach(() => {
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((cache) => cache.close()));
    await server.stop();
  });

  const open = (): Node => {
    const cache = createCache({
      ttl: '10m',
      store: redisStore({ url: server.url }),
      storeTimeout: '300ms',
      circuitBreaker: { pause: '200ms' },
    });
    opened.push(cache);
    const recoveries: unknown[] = [];
    for (const type of ['recovered', 'recovery-lost'] as const) cache.on(type, (event) => recoveries.push(event));
    return { cache, recoveries };
  };

  /** Until it has nothing to replay any more, nobody having asked it for anything. */
  const recovered = async (...nodes: readonly Node[]): Promise<void> => {
    for (const end = Date.now() + 15_000; Date.now() < end; await later(50)) {
      if (nodes.every(({ recoveries }) => recoveries.length > 0)) return;
    }
    throw new Error('It did not recover.');
  };

  /**
   * Until each has heard a heartbeat of the other: what a process tells that nobody knew may be more than was heard. On a
   * busy machine a write before that may have had to recover too.
   */
  const acquainted = async (...nodes: readonly Node[]): Promise<void> => {
    await later(1_500);
    for (const { recoveries } of nodes) recoveries.length = 0;
  };

  const keys = ['kept', 'replaced', 'deleted', 'tagged', 'new', 'both'];

  const fill = async ({ cache }: Node) => {
    await cache.setMany([['kept', 'old'], ['replaced', 'old'], ['deleted', 'old'], ['both', 'old']]); // biome-ignore format: one line
    await cache.set('tagged', 'old', { tags: ['t'] });
  };

  const writeInVain = async (one: Node, other: Node) => {
    expect(await one.cache.set('replaced', 'one')).toBe(false);
    await one.cache.set('new', 'one');
    await one.cache.delete('deleted');
    await one.cache.invalidateTags(['t'], { remove: true });
    await one.cache.set('both', 'one');
    await later(5);
    await other.cache.delete('both');
  };

  it('reach it when it comes back with its old data: nothing that was deleted or invalidated comes back', async () => {
    server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    const [one, other] = [open(), open()];
    await fill(one);
    await other.cache.getMany(keys);
    await acquainted(one, other);
    await server.kill();
    await writeInVain(one, other);
    await server.restart();
    await recovered(one, other);
    for (const { cache } of [one, other, open()]) {
      const found = await cache.getMany(keys);
      // Where nothing stands, it may be that a frame was missed while the bus came back: then nothing is put there.
      expect(['one', undefined]).toContain(found.get('new'));
      found.delete('new');
      expect(found).toEqual(new Map([['kept', 'old'], ['replaced', 'one']])); // biome-ignore format: one line
    }
  }, 30_000);

  it('reach it when it comes back empty: what was invalidated meanwhile is in no memory either', async () => {
    server = await startRedis();
    const [one, other] = [open(), open()];
    await fill(one);
    await other.cache.getMany(keys);
    await acquainted(one, other);
    await server.kill();
    await writeInVain(one, other);
    await server.restart();
    await recovered(one, other);
    for (const { cache } of [one, other, open()]) {
      const found = await cache.getMany(keys);
      for (const key of ['deleted', 'tagged', 'both']) expect(found.get(key)).toBeUndefined();
      for (const key of ['replaced', 'new']) expect(['one', undefined]).toContain(found.get(key));
    }
  }, 30_000);

  it('come to nothing worse than a miss where it was emptied while it was away', async () => {
    server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    const [one, other] = [open(), open()];
    await fill(one);
    await other.cache.getMany(keys);
    await acquainted(one, other);
    server.freeze();
    await writeInVain(one, other);
    await server.kill();
    await server.erase();
    await server.restart();
    await recovered(one, other);
    for (const { cache } of [one, other, open()]) {
      const found = await cache.getMany(keys);
      for (const key of ['deleted', 'tagged', 'both']) expect(found.get(key)).toBeUndefined();
      expect(['one', undefined]).toContain(found.get('replaced'));
    }
  }, 30_000);

  it('do not survive a clear that was made in vain, nor does what it was to remove', async () => {
    server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    const [one, other] = [open(), open()];
    await fill(one);
    await other.cache.getMany(keys);
    await acquainted(one, other);
    await server.kill();
    await one.cache.set('replaced', 'one');
    await one.cache.clear();
    await one.cache.set('new', 'after');
    await server.restart();
    await recovered(one);
    for (const { cache } of [one, other, open()]) {
      const found = await cache.getMany(keys);
      expect(['after', undefined]).toContain(found.get('new'));
      found.delete('new');
      expect(found.size).toBe(0);
    }
  }, 30_000);
});
