import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import { BusError } from '../../src/errors.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../servers/redis.js';
import { requireBuild } from '../stores/lmdb/child-process.js';

requireBuild();
const script = fileURLToPath(new URL('children/publish.mjs', import.meta.url));

describe.skipIf(redisIsMissing)(`processes on one Redis${ifRedis}`, () => {
  let redis: RedisServer;
  let children: ChildProcess[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children = [];
  });
  afterAll(() => redis.stop());

  interface Heard {
    readonly heard: { readonly by: number; readonly number: number; readonly at: string }[];
  }

  async function ask(child: ChildProcess, request: object): Promise<unknown> {
    child.send(request);
    return (await once(child, 'message'))[0];
  }

  it('hear what each of them publishes, in the order of each, and Dates as Dates', async () => {
    children = [1, 2].map(() => fork(script, [redis.url]));
    await Promise.all(children.map((child) => once(child, 'message')));
    const cache = createCache({ namespace: 'shop', store: redisStore({ url: redis.url }) });
    const here: { by: number; number: number; at: Date }[] = [];
    await new Promise((connected) => {
      cache.subscribe('prices', (message) => here.push(message as (typeof here)[number]), { missed: connected });
    });
    await Promise.all(children.map((child) => ask(child, { publish: 100 })));
    await expect.poll(() => here.length, { timeout: 5_000 }).toBe(200);
    for (const { pid } of children) {
      const numbers = here.filter(({ by }) => by === pid).map(({ number }) => number);
      expect(numbers).toEqual(Array.from({ length: 100 }, (_, at) => at));
    }
    expect(here[0]?.at).toEqual(new Date(here[0]?.number ?? -1));
    for (const child of children) {
      await expect.poll(async () => ((await ask(child, {})) as Heard).heard.length, { timeout: 5_000 }).toBe(200);
    }
    await cache.close();
  });

  it('reject what they publish while Redis is away, and are told that they may have missed something', async () => {
    const away = await startRedis();
    const cache = createCache({ store: redisStore({ url: away.url }) });
    const reasons: string[] = [];
    await new Promise<void>((connected) => {
      const missed = (reason: string) => {
        reasons.push(reason);
        connected();
      };
      cache.subscribe('prices', () => {}, { missed });
    });
    await cache.publish('prices', 1);
    await away.kill();
    await expect
      .poll(() => cache.publish('prices', 2).catch((error: unknown) => error), { timeout: 10_000 })
      .toBeInstanceOf(BusError);
    expect(reasons).toContain('disconnected');
    await cache.close();
    await away.stop();
  });
});
