import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { redisStore } from '../../../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../../../servers/redis.js';
import { type SentinelledRedis, startSentinelledRedis } from '../../../servers/redis-sentinel.js';
import { Told, until, untilFramesFlow } from './told.js';

describe.skipIf(redisIsMissing)(`the bus of a Redis behind Sentinels${ifRedis}`, () => {
  let servers: SentinelledRedis;
  beforeAll(async () => {
    servers = await startSentinelledRedis();
  }, 60_000);
  afterAll(() => servers.stop());

  it('goes to the new primary when the old one is killed', async () => {
    const where = { name: servers.name, sentinels: servers.sentinels };
    const given = new Redis({ ...where, sentinels: [...where.sentinels] });
    const stores = [
      redisStore({ sentinel: where }),
      redisStore({ client: given }),
      redisStore({ sentinel: where, bus: 'tracking' }),
    ];
    const told = stores.map((store) => new Told(store.bus));
    await Promise.all(told.map((each) => each.hears('connected')));
    await servers.primary.kill();
    await Promise.all(told.map((each) => each.hears('connected', 2)));
    for (const [at, from] of told.entries()) {
      for (const to of told) await untilFramesFlow(from, to, `from ${at}`);
    }
    const foreigner = new Redis(servers.replica.port);
    await until(async () => {
      await foreigner.set('larder{000}:k', 'x').catch(() => {});
      return told[2]?.written.includes('k');
    }, 'the write is told');
    foreigner.disconnect();
    await Promise.all(stores.map((store) => store.close()));
    given.disconnect();
  }, 60_000);
});
