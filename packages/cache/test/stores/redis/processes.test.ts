import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import { redisStore } from '../../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../../servers/redis.js';
import { newPrefix, sharedRedis } from '../../servers/shared-redis.js';

const run = promisify(execFile);
const contend = fileURLToPath(new URL('children/contend.mjs', import.meta.url));

describe.skipIf(redisIsMissing)(`several users of one Redis${ifRedis}`, () => {
  it('lose no count, in four processes at once', async () => {
    const { url } = await sharedRedis();
    await Promise.all([1, 2, 3, 4].map(() => run(process.execPath, [contend, url, '400'])));
    const cache = createCache({ ttl: '1h', memory: false, store: redisStore({ url, prefix: 'contend' }) });
    expect([await cache.get('one'), await cache.get('other')]).toEqual([400, 1_200]);
    await cache.close();
  }, 60_000);

  it('see what the other invalidates and clears, whatever they hold in memory', async () => {
    const { url } = await sharedRedis();
    const prefix = newPrefix();
    const open = () => createCache({ namespace: 'shop', ttl: '1h', store: redisStore({ url, prefix }), memory: false });
    const [one, other] = [open(), open()];
    await one.setMany([['a', 1], ['b', 2]], { tags: ['t'] }); // biome-ignore format: pairs
    await one.set('c', 3);
    expect(await other.getMany(['a', 'b', 'c'])).toEqual(new Map([['a', 1], ['b', 2], ['c', 3]])); // biome-ignore format: pairs
    await other.invalidateTags(['t']);
    expect(await one.getMany(['a', 'b', 'c'])).toEqual(new Map([['c', 3]]));
    await one.namespace('n').set('d', 4);
    await one.clear();
    expect(await other.get('c')).toBeUndefined();
    expect(await other.namespace('n').get('d')).toBe(4);
    expect(await one.deleteMatching('*')).toBe(0);
    await Promise.all([one.close(), other.close()]);
  });
});
