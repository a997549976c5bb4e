import { createCluster } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store, StoreWrite } from '../../../src/contracts/store.js';
import { slotOf } from '../../../src/stores/redis/hash-tags.js';
import { redisStore } from '../../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../../servers/redis.js';
import { type RedisCluster, startRedisCluster } from '../../servers/redis-cluster.js';
import { newPrefix } from '../../servers/shared-redis.js';

describe.skipIf(redisIsMissing)(`ends that are to be told, while their slot moves${ifRedis}`, () => {
  let servers: RedisCluster;
  let nodeRedis: ReturnType<typeof createCluster>;
  beforeAll(async () => {
    servers = await startRedisCluster();
    nodeRedis = createCluster({
      rootNodes: servers.addresses.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })),
    });
    await nodeRedis.connect();
  }, 60_000);
  afterAll(async () => {
    nodeRedis.destroy();
    await servers.stop();
  });

  const now = Date.now();
  const told = (key: string): StoreWrite => {
    return { key, bytes: Buffer.from('v'), expiresAt: now + 60_000, version: 'v', indexes: {}, expiryNote: 'note' };
  };
  const keysEnded = async (store: Store) => {
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const request = { prefix: '', limit: 100, ...(cursor === undefined ? {} : { cursor }) };
      const page = await store.expired?.(request, { now: now + 60_000 });
      keys.push(...(page?.expired.map(({ key }) => key) ?? []));
      cursor = page?.cursor;
    } while (cursor !== undefined);
    return keys;
  };

  /** Moves the slot of a key, first what `first` names, and has `during` begin when that alone is gone. */
  async function move(store: Store, prefix: string, first: 'entry' | 'endings', during: () => Promise<unknown>) {
    await store.set([told('k')], { now });
    const primaries = (await servers.members()).filter(({ isPrimary }) => isPrimary);
    const found = await Promise.all(
      primaries.map(({ port }) => servers.cli('-p', String(port), 'KEYS', `${prefix}*:k`)),
    );
    const at = found.findIndex((keys) => keys.trim() !== '');
    const [from, to] = [primaries[at], primaries[(at + 1) % primaries.length]];
    const entry = (found[at] as string).trim();
    const tag = /\{(...)\}/.exec(entry)?.[1] as string;
    const slot = String(slotOf(tag));
    const ask = (member: { readonly port: number } | undefined, ...args: string[]) =>
      servers.cli('-p', String(member?.port), ...args);
    const migrate = (key: string) => ask(from, 'MIGRATE', '127.0.0.1', String(to?.port), key, '0', '5000');
    const keys = [entry, `${prefix}{${tag}}n`];
    if (first === 'endings') keys.reverse();
    await ask(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', from?.id as string);
    await ask(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', to?.id as string);
    await migrate(keys[0] as string);
    const work = during();
    work.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await migrate(keys[1] as string)).toBe('OK\n');
    for (const member of [to, from]) await ask(member, 'CLUSTER', 'SETSLOT', slot, 'NODE', to?.id as string);
    await work;
  }

  const clients = ['addresses', 'redis'] as const;
  const open = (client: (typeof clients)[number], prefix: string) =>
    redisStore({ prefix, ...(client === 'redis' ? { client: nodeRedis } : { cluster: servers.addresses }) });

  for (const client of clients) {
    for (const first of ['entry', 'endings'] as const) {
      it(`wait for the rest of it, when the ${first} went first (${client})`, async () => {
        const prefix = newPrefix();
        const store = open(client, prefix);
        await move(store, prefix, first, () => store.delete(['k'], { now }));
        expect(await keysEnded(store)).toEqual([]);
        await move(store, prefix, first, () => store.set([{ ...told('k'), expiresAt: now + 120_000 }], { now }));
        expect(await keysEnded(store)).toEqual([]);
        await move(store, prefix, first, () => store.modify('k', () => told('k'), { now }));
        expect(await keysEnded(store)).toEqual(['k']);
        await store.close();
      });
    }
  }
});
