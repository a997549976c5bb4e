import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../../../../cache/test/servers/redis.js';
import { type EventReader, ofType, readEvents, withKey } from '../../support/event-reader.js';
import { type Client, httpClient } from '../../support/http-client.js';
import { type ServiceProcess, startService } from '../../support/service-process.js';

describe.skipIf(redisIsMissing)(`two services on one Redis${ifRedis}`, () => {
  let redis: RedisServer;
  let one: ServiceProcess;
  let other: ServiceProcess;
  let client: Client;
  const readers: EventReader[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    [one, other] = await Promise.all([startService(redis.url), startService(redis.url)]);
    client = httpClient(other.port);
  });
  afterAll(async () => {
    for (const reader of readers) reader.close();
    client.close();
    await Promise.all([one.stop(), other.stop()]);
    await redis.stop();
  });

  async function readFrom({ port }: ServiceProcess, options: Parameters<typeof readEvents>[1] = {}) {
    const reader = await readEvents(port, options);
    readers.push(reader);
    expect((await reader.next()).data).toEqual({ covers: 'all' });
    return reader;
  }

  it('tell on the one what was done through the other, once it can be read there', async () => {
    const reader = await readFrom(one);
    const here = httpClient(one.port);
    for (let turn = 0; turn < 20; turn++) {
      await client.send('PUT', '/v1/cache/k', { body: `${turn}` });
      await reader.next(withKey('change', 'k'));
      expect((await here.send('GET', '/v1/cache/k')).body.toString()).toBe(`${turn}`);
    }
    await client.send('DELETE', '/v1/cache/k');
    await reader.next(withKey('change', 'k'));
    expect((await here.send('GET', '/v1/cache/k')).status).toBe(404);
    await client.send('POST', '/v1/tags/invalidate', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ tags: ['t'] }),
    });
    expect((await reader.next(ofType('invalidate-tags'))).data).toEqual({ tags: ['t'], remove: false });
    await client.send('POST', '/admin/v1/tenants/default/flush', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ confirm: 'default' }),
    });
    await reader.next(ofType('clear'));
    here.close();
  });

  it('tell of an expiry on both, though one of them finds it', async () => {
    const both = await Promise.all([readFrom(one), readFrom(other)]);
    await client.send('PUT', '/v1/cache/brief?ttl=1', { body: 'x' });
    await Promise.all(both.map((reader) => reader.next(withKey('expire', 'brief'))));
  });

  it('resume what was read at the same one, and reset what was read at the other', async () => {
    const first = await readFrom(one);
    await client.send('PUT', '/v1/cache/a', { body: 'x' });
    const { id } = await first.next(withKey('change', 'a'));
    first.close();
    await client.send('PUT', '/v1/cache/b', { body: 'x' });
    const same = await readFrom(one, { lastEventId: id });
    await same.next(withKey('change', 'b'));
    const elsewhere = await readFrom(other, { lastEventId: id });
    expect((await elsewhere.next()).type).toBe('reset');
  });

  it('reset when the connection broke by which they hear each other', async () => {
    const reader = await readFrom(one);
    const redisClient = new Redis(redis.url);
    await redisClient.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    redisClient.disconnect();
    await reader.next(ofType('reset'));
    await expect
      .poll(
        async () => {
          await client.send('PUT', '/v1/cache/again', { body: 'x' });
          return reader.events.some(withKey('change', 'again'));
        },
        { timeout: 15_000 },
      )
      .toBe(true);
  });

  it('end their streams at once on SIGTERM, and then themselves', async () => {
    const brief = await startService(redis.url);
    const streams = await Promise.all([1, 2, 3].map(() => readFrom(brief)));
    const begun = Date.now();
    const stopped = brief.stop();
    await Promise.all(streams.map(({ ended }) => ended));
    expect(await stopped).toBe(0);
    expect(Date.now() - begun).toBeLessThan(5_000);
  });
});
