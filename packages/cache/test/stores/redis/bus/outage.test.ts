import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../../src/contracts/store.js';
import { type RedisStoreOptions, redisStore } from '../../../../src/stores/redis/index.js';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../../../servers/redis.js';
import { later, Told, untilFramesFlow } from './told.js';

const run = promisify(execFile);

/** What a publish may take, and what a busy machine may add. */
const publishMillis = 1_000 + 500;

describe.skipIf(redisIsMissing)(`the bus of a Redis that goes away${ifRedis}`, () => {
  let server: RedisServer;
  let admin: Redis;
  const closers: (() => unknown)[] = [];

  beforeEach(async () => {
    server = await startRedis();
    admin = new Redis(server.port, { retryStrategy: () => 50 });
    admin.on('error', () => {});
  });
  afterEach(async () => {
    server.thaw();
    for (const close of closers.splice(0).reverse()) await close();
    admin.disconnect();
    await server.stop();
  });

  function told(options: Omit<RedisStoreOptions, 'url' | 'client'>, client?: RedisStoreOptions['client']) {
    const store: Store = redisStore({ ...(client === undefined ? { url: server.url } : { client }), ...options });
    closers.push(() => store.close());
    return new Told(store.bus);
  }

  const clients: Record<'url' | 'ioredis' | 'redis', () => Promise<RedisStoreOptions['client']>> = {
    url: async () => undefined,
    ioredis: async () => {
      const client = new Redis(server.port);
      closers.push(() => client.disconnect());
      return client;
    },
    redis: async () => {
      const client = createClient({ url: server.url });
      await client.connect();
      closers.push(() => client.destroy());
      return client;
    },
  };
  const kinds = (['url', 'ioredis', 'redis'] as const).flatMap((client) => [
    { client, bus: 'pubsub' as const },
    { client, bus: 'tracking' as const },
  ]);

  describe.each(kinds)('$bus, with $client', ({ client, bus }) => {
    it('comes back when it was killed and starts again', async () => {
      const [one, other] = [told({ bus }, await clients[client]()), told({ bus }, await clients[client]())];
      await Promise.all([one.hears('connected'), other.hears('connected')]);
      await server.kill();
      await Promise.all([one.hears('disconnected'), other.hears('disconnected')]);
      await server.restart();
      await Promise.all([one.hears('connected', 2), other.hears('connected', 2)]);
      await untilFramesFlow(one, other, 'after the restart');
    });

    it('comes back when the connections for messages are killed', async () => {
      const one = told({ bus }, await clients[client]());
      await one.hears('connected');
      await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await one.hears('connected', 2);
      await untilFramesFlow(one, one, 'after the kill');
      expect(one.facts.slice(0, 3)).toEqual(['connected', 'disconnected', 'connected']);
    });
  });

  it.each(['pubsub', 'tracking'] as const)('notices that it is frozen, and that it thaws (%s)', async (bus) => {
    const one = told({ bus });
    await one.hears('connected');
    server.freeze();
    const start = performance.now();
    await one.hears('disconnected');
    expect(performance.now() - start).toBeLessThan(2_000 + 1_000);
    server.thaw();
    await one.hears('connected', 2);
    await untilFramesFlow(one, one, 'after the thaw');
  });

  it('begins without it, and finds it when it comes', async () => {
    await server.kill();
    const one = told({});
    await expect(one.publish('lost')).rejects.toMatchObject({
      code: 'LARDER_STORE_FAILED',
      message: expect.stringMatching(/cannot be reached/),
    });
    await server.restart();
    await one.hears('connected');
    await untilFramesFlow(one, one, 'here');
    expect(one.facts[0]).toBe('connected');
  });

  it.each(['killed', 'frozen'])(
    'rejects what is published while it is %s, in time, and sends it never',
    async (how) => {
      const [one, other] = [told({}), told({})];
      await Promise.all([one.hears('connected'), other.hears('connected')]);
      if (how === 'killed') await server.kill();
      else server.freeze();
      await one.hears('disconnected');
      const start = performance.now();
      await expect(one.publish('too late')).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
      expect(performance.now() - start).toBeLessThan(publishMillis);
      if (how === 'killed') await server.restart();
      else server.thaw();
      await Promise.all([one.hears('connected', 2), other.hears('connected', 2)]);
      await untilFramesFlow(one, other, 'in time');
      expect(other.facts).not.toContain('too late');
    },
  );

  it('closes at once while it is frozen, and tells nothing afterwards', async () => {
    const store = redisStore({ url: server.url });
    const one = new Told(store.bus);
    await one.hears('connected');
    server.freeze();
    const start = performance.now();
    await one.connection.close();
    await store.close();
    expect(performance.now() - start).toBeLessThan(1_000);
    server.thaw();
    await later(300);
    expect(one.facts).toEqual(['connected']);
    await expect(one.publish('x')).rejects.toMatchObject({ code: 'LARDER_CLOSED' });
  });

  it('is closed with its store, and leaves no connection behind', async () => {
    const store = redisStore({ url: server.url });
    const one = new Told(store.bus);
    await one.hears('connected');
    await store.close();
    await expect(one.publish('x')).rejects.toMatchObject({ code: 'LARDER_CLOSED' });
    await expect.poll(async () => (await clientsOf(admin)).length).toBe(1);
  });

  it('leaves a given client as it was', async () => {
    const client = new Redis(server.port);
    const store = redisStore({ client, bus: 'tracking' });
    const one = new Told(store.bus);
    await one.hears('connected');
    expect(await client.client('GETREDIR')).toBe(-1);
    await store.close();
    expect(await client.ping()).toBe('PONG');
    await expect.poll(async () => (await clientsOf(admin)).length).toBe(2);
    client.disconnect();
  });

  it('keeps no process alive once it is closed', async () => {
    const program = fileURLToPath(new URL('../children/listen-and-close.mjs', import.meta.url));
    const { stdout } = await run(process.execPath, [program, server.url], { timeout: 10_000 });
    expect(stdout).toBe('hello\n');
  });

  it('makes no connection before it is opened', async () => {
    const store = redisStore({ url: server.url });
    expect(store.bus?.name).toBe('redis');
    await later(50);
    expect(await clientsOf(admin)).toHaveLength(1);
    await store.get(['k'], { now: Date.now() });
    expect(await clientsOf(admin)).toHaveLength(2);
    await store.close();
  });
});

async function clientsOf(admin: Redis): Promise<string[]> {
  return String(await admin.client('LIST'))
    .trim()
    .split('\n');
}
