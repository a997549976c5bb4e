import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../../src/contracts/store.js';
import { redisStore } from '../../../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../../../servers/redis.js';
import { newPrefix, sharedRedis } from '../../../servers/shared-redis.js';
import { later, Told, until } from './told.js';

const call = () => ({ now: Date.now() });
const write = (key: string, indexes = {}) => ({
  key,
  bytes: Buffer.from('v'),
  version: 'v',
  expiresAt: Number.POSITIVE_INFINITY,
  indexes,
});

describe.skipIf(redisIsMissing)(`a Redis that tells of writes${ifRedis}`, () => {
  let foreigner: Redis;
  let ioredis: Redis;
  let nodeRedis: ReturnType<typeof createClient>;
  let url: string;
  let prefix: string;
  const stores: Store[] = [];

  beforeAll(async () => {
    const server = await sharedRedis();
    url = server.url;
    foreigner = new Redis(server.port);
    ioredis = new Redis(server.port);
    nodeRedis = createClient({ url });
    await nodeRedis.connect();
  });
  afterAll(() => {
    foreigner.disconnect();
    ioredis.disconnect();
    nodeRedis.destroy();
  });
  beforeEach(() => {
    prefix = newPrefix();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });

  const open = async (where: 'url' | 'ioredis' | 'redis' = 'url') => {
    const options = { url: { url }, ioredis: { client: ioredis }, redis: { client: nodeRedis } }[where];
    const store = redisStore({ ...options, prefix, bus: 'tracking' });
    stores.push(store);
    const told = new Told(store.bus);
    await told.hears('connected');
    return { store, told };
  };
  const nameOf = (key: string) => `${prefix}{000}:${key}`;

  it.each(['url', 'ioredis', 'redis'] as const)(
    'tells of what a foreign client sets, changes, deletes and lets expire (%s)',
    async (where) => {
      const { told } = await open(where);
      const steps: [string, () => Promise<unknown>][] = [
        ['set', () => foreigner.set(nameOf('set'), 'x')],
        ['append', () => foreigner.append(nameOf('append'), 'x')],
        ['expire', () => foreigner.expire(nameOf('set'), 100)],
        ['del', () => foreigner.del(nameOf('set'))],
      ];
      for (const [what, step] of steps) {
        told.written.length = 0;
        const start = performance.now();
        await step();
        await told.hearsOfWrite(what === 'append' ? 'append' : 'set');
        expect(performance.now() - start, what).toBeLessThan(1_000);
      }
      await foreigner.set(nameOf('short'), 'x', 'PX', 200);
      await told.hearsOfWrite('short');
      told.written.length = 0;
      await told.hearsOfWrite('short');
    },
  );

  it('tells of what another store on the same prefix writes', async () => {
    const { told } = await open();
    const other = redisStore({ url, prefix });
    stores.push(other);
    await other.set([write('set')], call());
    await told.hearsOfWrite('set');
    await other.modify('changed', () => write('changed'), call());
    await told.hearsOfWrite('changed');
    told.written.length = 0;
    await other.delete(['set'], call());
    await told.hearsOfWrite('set');
  });

  it('tells of no other prefix, and of no table of an index', async () => {
    const { told } = await open();
    await foreigner.set(`${prefix}other{000}:k`, 'x');
    await foreigner.set(`other${prefix}{000}:k`, 'x');
    const other = redisStore({ url, prefix });
    stores.push(other);
    await other.set([write('indexed', { user: 'alice' })], call());
    await foreigner.set(nameOf('last'), 'x');
    await told.hearsOfWrite('last');
    expect(told.written).toEqual(['indexed', 'last']);
  });

  it('tells of what its own store writes: nobody can tell it from what others do', async () => {
    const { store, told } = await open();
    await store.set([write('one')], call());
    await store.set([write('two'), write('three')], call());
    await foreigner.set(nameOf('last'), 'x');
    await told.hearsOfWrite('last');
    // Redis tells in the order of the alphabet what it was asked for in one turn.
    expect([...told.written].sort()).toEqual(['last', 'one', 'three', 'two']);
  });

  it.each(['url', 'ioredis', 'redis'] as const)('is connected anew when everything was removed (%s)', async (where) => {
    const { told } = await open(where);
    await foreigner.flushall();
    await told.hears('connected', 2);
    expect(told.facts).toEqual(['connected', 'disconnected', 'connected']);
  });

  it('carries frames as well', async () => {
    const [one, other] = [await open('url'), await open('redis')];
    await one.told.publish('hello');
    await other.told.hears('hello');
    const plain = redisStore({ url, prefix });
    stores.push(plain);
    const heard = new Told(plain.bus);
    await heard.hears('connected');
    await other.told.publish('to all');
    await heard.hears('to all');
  });

  it('keeps databases apart, as far as messages go', async () => {
    const [zero, one] = [redisStore({ url, prefix }), redisStore({ url: `${url}/1`, prefix })];
    stores.push(zero, one);
    const [inZero, inOne] = [new Told(zero.bus), new Told(one.bus)];
    await Promise.all([inZero.hears('connected'), inOne.hears('connected')]);
    await inZero.publish('zero');
    await inOne.publish('one');
    await Promise.all([inZero.hears('zero'), inOne.hears('one')]);
    await later(50);
    expect([inZero.facts, inOne.facts]).toEqual([
      ['connected', 'zero'],
      ['connected', 'one'],
    ]);
  });

  it('takes a channel by name, and no bus for an answer', async () => {
    const named = redisStore({ url, prefix, bus: { channel: 'shop:news' } });
    stores.push(named);
    const told = new Told(named.bus);
    await told.hears('connected');
    await foreigner.publish('shop:news', 'by hand');
    await told.hears('by hand');
    expect(redisStore({ url, bus: false }).bus).toBeUndefined();
    await until(async () => (await foreigner.pubsub('NUMSUB', 'shop:news'))[1] === 1, 'one subscriber');
  });

  it.each([
    ['pubsb', /bus must be 'pubsub', 'tracking'/],
    [true, /bus must be/],
    [{ kind: 'both' }, /bus must be/],
    [{ channel: '' }, /channel of a Redis bus must be text/],
    [{ channel: 'a{b}' }, /without braces/],
  ])('refuses %j', (bus, message) => {
    expect(() => redisStore({ url, bus: bus as never })).toThrow(message);
  });
});
