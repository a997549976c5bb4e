import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import type { Cache } from '../../../src/contracts/cache.js';
import { remoteStore } from '../../../src/stores/remote/index.js';
import { type LarderService, serviceIsMissing, startLarderService } from '../../servers/service.js';

const skipped = serviceIsMissing === undefined ? '' : ` (skipped: ${serviceIsMissing})`;
const soon = { timeout: 5_000, interval: 5 };

describe.skipIf(serviceIsMissing !== undefined)(`caches on one service, each with memory before it${skipped}`, () => {
  let folder = '';
  let service: LarderService;
  let key = '';
  const caches: Cache[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-remote-'));
    service = await startLarderService(`lmdb:${folder}`);
  });
  beforeEach(async () => {
    key = await service.newTenant();
  });
  afterEach(async () => {
    service.thaw();
    await Promise.all(caches.splice(0).map((cache) => cache.close()));
  });
  afterAll(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A cache that hears of the others already. */
  async function opened(): Promise<Cache> {
    const store = remoteStore({ url: service.url, key, answerTimeout: 1_000 });
    const cache = createCache({ store, ttl: '1h', storeTimeout: '1s' });
    caches.push(cache);
    const connected = new Promise<void>((resolve) => {
      cache.on('bus', ({ state }) => state === 'connected' && resolve());
    });
    await cache.get('k');
    await connected;
    return cache;
  }

  it('forget what another has written, deleted, invalidated and cleared', async () => {
    const [one, other] = [await opened(), await opened()];
    await one.set('k', 'first', { tags: ['t'] });
    await expect.poll(() => other.get('k'), soon).toBe('first');

    await one.set('k', 'second', { tags: ['t'] });
    await expect.poll(() => other.get('k'), soon).toBe('second');

    await one.delete('k');
    await expect.poll(() => other.get('k'), soon).toBeUndefined();

    await one.set('k', 'third', { tags: ['t'] });
    await expect.poll(() => other.get('k'), soon).toBe('third');
    await one.invalidateTags(['t']);
    await expect.poll(() => other.get('k'), soon).toBeUndefined();

    await one.set('k', 'fourth');
    await expect.poll(() => other.get('k'), soon).toBe('fourth');
    await one.clear();
    await expect.poll(() => other.get('k'), soon).toBeUndefined();
  });

  it('answer from memory what nobody changes', async () => {
    const [one, other] = [await opened(), await opened()];
    await one.set('k', 'value');
    await expect.poll(() => other.get('k'), soon).toBe('value');
    await expect.poll(() => heldBy(other), soon).toBe('memory');
  });

  it('forget what was deleted by somebody without the library', async () => {
    const [one, other] = [await opened(), await opened()];
    await one.set('k', 'value');
    await expect.poll(() => other.get('k'), soon).toBe('value');
    const keys = await fetch(`${service.url}/v1/keys?match=*:k`, { headers: { Authorization: `Bearer ${key}` } });
    const [name] = ((await keys.json()) as { keys: string[] }).keys;
    await fetch(`${service.url}/v1/cache/${encodeURIComponent(String(name))}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${key}` },
    });
    await expect.poll(() => other.get('k'), soon).toBeUndefined();
  });

  it('count, lock and load together', async () => {
    const all = [await opened(), await opened(), await opened()];
    await Promise.all(all.flatMap((cache) => Array.from({ length: 20 }, () => cache.increment('n'))));
    expect(await all[0]?.increment('n', 0)).toBe(60);

    let holders = 0;
    const work = async () => {
      expect(++holders).toBe(1);
      await Promise.resolve();
      holders--;
    };
    await Promise.all(all.map((cache) => cache.lock('one at a time', { ttl: '5s', wait: '20s' }, work)));

    let loads = 0;
    const load = async () => {
      loads++;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return 'loaded';
    };
    expect(await Promise.all(all.map((cache) => cache.getOrSet('cold', load)))).toEqual(['loaded', 'loaded', 'loaded']);
    expect(loads).toBe(1);
  });

  it('trust their memory again only when they hear again, after the service was away', async () => {
    const [one, other] = [await opened(), await opened()];
    await one.set('k', 'before');
    await expect.poll(() => other.get('k'), soon).toBe('before');
    await service.kill();
    // Memory answers on while nobody can be asked.
    await expect.poll(() => other.get('k'), soon).toBe('before');
    await service.restart();
    await expect
      .poll(async () => (await one.set('k', 'after')) && (await other.get('k')), { ...soon, timeout: 20_000 })
      .toBe('after');
  });

  it('refuse messages, which nobody would hear', async () => {
    const one = await opened();
    await expect(one.publish('news', 1)).rejects.toMatchObject({ code: 'LARDER_UNSUPPORTED_BY_STORE' });
  });
});

/** Where a cache finds `k`. */
async function heldBy(cache: Cache): Promise<string> {
  let tier = '';
  const stop = cache.on('hit', (event) => {
    tier = event.tier;
  });
  await cache.get('k');
  stop();
  return tier;
}
