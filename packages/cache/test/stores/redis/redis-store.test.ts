import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/contracts/store.js';
import { type RedisStoreOptions, redisStore } from '../../../src/stores/redis/index.js';
import { allKeys } from '../../../src/testing/store-contract/context.js';
import { ifRedis, type RedisServer, redisIsMissing } from '../../servers/redis.js';
import { newPrefix, sharedRedis } from '../../servers/shared-redis.js';

const write = (key: string, rest: object = {}) => ({
  key,
  bytes: Buffer.from(`value of ${key}`),
  expiresAt: Number.POSITIVE_INFINITY,
  version: 'v',
  indexes: {},
  ...rest,
});
const call = () => ({ now: Date.now() });

const listed = (store: Store, prefix: string) => allKeys((page) => store.scan(prefix, page, call()));

describe('the options of redisStore', () => {
  it.each([
    [{}, /exactly one of url, client, cluster and sentinel/],
    [{ url: 'redis://a', cluster: [{ host: 'a' }] }, /there are url and cluster/],
    [{ url: 'http://a' }, /redis:\/\/ or rediss:\/\//],
    [{ url: 'redis://a', prefix: 'a{b}' }, /without braces/],
    [{ cluster: [] }, /list of nodes/],
    [{ cluster: [{ host: 'a' }], db: 1 }, /a cluster has only 0/],
    [{ sentinel: { name: 'main', sentinels: [] } }, /Sentinels/],
    [{ url: 'redis://a', readFrom: 'replica' }, /needs `cluster` or `sentinel`/],
    [{ url: 'redis://a', readFrom: 'anywhere' }, /'primary' or 'replica'/],
    [{ client: {} }, /ioredis or redis/],
    [{ client: { callBuffer() {}, options: { keyPrefix: 'p:' } } }, /keyPrefix/],
  ])('refuse %o', (options, message) => {
    expect(() => redisStore(options as RedisStoreOptions)).toThrow(message);
  });

  it('say nothing of a password in an error', async () => {
    const store = redisStore({ url: 'redis://user:secret@127.0.0.1:1' });
    const error = await store.get(['k'], call()).catch((thrown) => thrown);
    await store.close();
    expect(error).toMatchObject({ code: 'LARDER_STORE_FAILED', message: expect.stringMatching(/cannot be reached/) });
    expect(error.message).not.toMatch(/secret/);
  });
});

describe.skipIf(redisIsMissing)(`the redis store${ifRedis}`, () => {
  let server: RedisServer;
  let redis: Redis;
  let prefix: string;
  let store: Store;
  let sent: string[] = [];
  beforeAll(async () => {
    server = await sharedRedis();
    redis = new Redis(server.port);
  });
  afterAll(() => redis.disconnect());
  beforeEach(async () => {
    prefix = newPrefix();
    const recording = withCallBuffer((command, args) => {
      sent.push(command);
      return redis.callBuffer(command, args);
    });
    store = redisStore({ client: recording, prefix });
  });
  afterEach(() => store.close());

  /** The client, but for how it sends. */
  const withCallBuffer = (callBuffer: (command: string, args: string[]) => Promise<unknown>): Redis =>
    new Proxy(redis, {
      get(target, name) {
        if (name === 'callBuffer') return callBuffer;
        const member = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });

  /** What the store has the client send meanwhile. */
  const commandsDuring = async (work: () => Promise<unknown>): Promise<string[]> => {
    sent = [];
    await work();
    return sent.map((name) => name.toUpperCase());
  };

  it('reads everything that is asked within a tick by one MGET', async () => {
    await store.set([write('a'), write('b')], call());
    const commands = await commandsDuring(() =>
      Promise.all(['a', 'b', 'a', 'c'].map((key) => store.get([key, 'ledger'], call()))),
    );
    expect(commands).toEqual(['MGET']);
  });

  it('writes everything that is asked within a tick by as many scripts as it has lanes', async () => {
    // The first time the server does not know the script.
    await store.set(
      ['a', 'b', 'c', 'd'].map((key) => write(key)),
      call(),
    );
    const commands = await commandsDuring(() =>
      Promise.all(Array.from({ length: 200 }, (_, index) => store.set([write(`k${index}`)], call()))),
    );
    expect(commands).toEqual(['EVALSHA', 'EVALSHA']);
  });

  it('makes 1,000 changes of one key in two round trips', async () => {
    const change = (current?: { bytes: Uint8Array }) =>
      write('', { bytes: Buffer.from(String(Number(current ? Buffer.from(current.bytes).toString() : 0) + 1)) });
    const commands = await commandsDuring(() =>
      Promise.all(Array.from({ length: 1000 }, () => store.modify('n', change, call()))),
    );
    expect(commands).toEqual(['GET', 'EVALSHA']);
    expect(Buffer.from((await store.get(['n'], call()))[0]?.bytes ?? []).toString()).toBe('1000');
  });

  it('writes one entry alone by a SET, and takes the rows of what it replaces away by a script', async () => {
    expect(await commandsDuring(() => store.set([write('k')], call()))).toEqual(['SET']);
    for (const _firstTime of [true, false]) {
      await store.set([write('k', { indexes: { user: 'alice' } })], call());
      const commands = await commandsDuring(() => store.set([write('k')], call()));
      // The first time the server does not know the script.
      expect(commands.slice(0, 2)).toEqual(['SET', 'EVALSHA']);
    }
    expect(await redis.keys(`${prefix}*`)).toEqual([`${prefix}{000}:k`]);
  });

  it('goes on when the server has forgotten its scripts', async () => {
    await store.set([write('k', { indexes: { user: 'alice' } })], call());
    await redis.script('FLUSH');
    expect(await store.set([write('k')], call())).toEqual(['replaced']);
    await redis.script('FLUSH');
    expect(await store.byIndex({ prefix: '', name: 'user', value: 'alice' }, { limit: 9 }, call())).toEqual({
      keys: [],
    });
    await redis.script('FLUSH');
    expect(await listed(store, '')).toEqual(['k']);
    await redis.script('FLUSH');
    expect(await store.delete(['k'], call())).toEqual([true]);
  });

  it('keeps what another prefix holds apart', async () => {
    const other = redisStore({ client: redis, prefix: `${prefix}x` });
    await store.set([write('k', { indexes: { user: 'alice' } })], call());
    expect(await other.get(['k'], call())).toEqual([undefined]);
    expect(await listed(other, '')).toEqual([]);
    expect(await other.byIndex({ prefix: '', name: 'user', value: 'alice' }, { limit: 9 }, call())).toEqual({
      keys: [],
    });
    expect(await other.delete(['k'], call())).toEqual([false]);
    expect(await listed(store, '')).toEqual(['k']);
  });

  it('lists no key of a prefix that looks like a pattern', async () => {
    const odd = redisStore({ client: redis, prefix: `${prefix}[a]*?\\` });
    await store.set([write('k')], call());
    await odd.set([write('{k}*')], call());
    expect(await listed(odd, '{k}')).toEqual(['{k}*']);
  });

  it('has Redis drop an entry soon after its deadline, and never before', async () => {
    const expiresAt = Date.now() + 60_000;
    await store.set([write('k', { expiresAt }), write('for ever')], call());
    const end = await redis.pexpiretime(`${prefix}{000}:k`);
    expect(end).toBeGreaterThanOrEqual(expiresAt + 10_000);
    expect(end).toBeLessThanOrEqual(expiresAt + 11_000);
    expect(await redis.pttl(`${prefix}{000}:for ever`)).toBe(-1);
  });

  it('leaves no row of an index behind by overwriting and deleting', async () => {
    const terms = { indexes: { user: 'alice', plan: 'pro' }, expiresAt: Date.now() + 60_000 };
    await store.set([write('a', terms), write('b', terms), write('c', terms), write('d', terms)], call());
    await store.set([write('a')], call());
    await store.set([write('b', { bytes: Buffer.alloc(10_000) })], call());
    await store.modify('c', () => write(''), call());
    await store.delete(['d'], call());
    const left = await redis.keys(`${prefix}*`);
    expect(left.sort()).toEqual(['a', 'b', 'c'].map((key) => `${prefix}{000}:${key}`));
  });

  it('finds the rows of entries that Redis has dropped by itself, and prune removes them', async () => {
    const terms = { indexes: { user: 'alice' }, expiresAt: Date.now() + 1_000 };
    await store.set([write('expired', terms), write('evicted', { indexes: { user: 'alice' } })], call());
    await redis.del(`${prefix}{000}:expired`, `${prefix}{000}:evicted`);
    const later = { now: Date.now() + 2_000 };
    expect(await store.prune(100, later)).toBe(1);
    expect(await store.prune(100, later)).toBe(0);
    expect((await redis.keys(`${prefix}*`)).length).toBe(1);
    expect(await store.byIndex({ prefix: '', name: 'user', value: 'alice' }, { limit: 9 }, later)).toEqual({
      keys: [],
    });
    expect(await redis.keys(`${prefix}*`)).toEqual([]);
  });

  it('lets the rows of an index end by themselves, after the last entry they tell of', async () => {
    const expiresAt = Date.now() + 60_000;
    await store.set([write('k', { indexes: { user: 'alice' }, expiresAt })], call());
    await store.set([write('l', { indexes: { user: 'alice' }, expiresAt: expiresAt - 30_000 })], call());
    const rows = (await redis.keys(`${prefix}*`)).filter((key) => !key.includes(':', prefix.length));
    expect(rows.length).toBe(2);
    for (const key of rows) expect(await redis.pexpiretime(key)).toBeGreaterThan(expiresAt + 60_000);
    await store.set([write('m', { indexes: { user: 'alice' } })], call());
    await store.set([write('n', { indexes: { user: 'alice' }, expiresAt })], call());
    const [index] = rows.filter((key) => key.includes('}i'));
    expect(await redis.pttl(index as string)).toBe(-1);
  });

  /** The client, but for what happens before it sends a command whose name and arguments `meet` accepts, once. */
  const interrupted = (meet: (command: string, args: string[]) => boolean, first: () => Promise<unknown>): Redis => {
    let isDone = false;
    return withCallBuffer(async (command, args) => {
      if (!isDone && meet(command, args)) {
        isDone = true;
        await first();
      }
      return redis.callBuffer(command, args);
    });
  };

  it('does not take an entry for the one it read when the same was written again in between', async () => {
    const same = write('k', { version: 'one', bytes: Buffer.from('same'), expiresAt: Date.now() + 60_000 });
    await store.set([same], call());
    const client = interrupted(
      (command) => command.startsWith('eval'),
      async () => {
        await store.set([write('k', { bytes: Buffer.from('other') })], call());
        await store.set([same], call());
      },
    );
    const other = redisStore({ client, prefix });
    let looks = 0;
    const change = () => {
      looks++;
      return write('', { version: 'two' });
    };
    expect(await other.modify('k', change, call())).toMatchObject({ version: 'two' });
    expect(looks).toBe(2);
    await other.close();
  });

  it('makes a change again, on what stands then, until nobody came first', async () => {
    await store.set([write('k', { bytes: Buffer.from('a') })], call());
    const client = interrupted(
      (command) => command.startsWith('eval'),
      () => store.set([write('k', { bytes: Buffer.from('b') })], call()),
    );
    const other = redisStore({ client, prefix });
    const append = (by: string) => (current?: { bytes: Uint8Array }) =>
      write('', { bytes: Buffer.from(`${Buffer.from(current?.bytes ?? []).toString()}${by}`) });
    const stand = await Promise.all([other.modify('k', append('1'), call()), other.modify('k', append('2'), call())]);
    expect(stand.map((entry) => Buffer.from(entry?.bytes ?? []).toString())).toEqual(['b1', 'b12']);
    await other.close();
  });

  it('knows a conditional write that the client sends twice for its own', async () => {
    const twice = withCallBuffer(async (command, args) => {
      await redis.callBuffer(command, args).catch(() => {});
      return redis.callBuffer(command, args);
    });
    const other = redisStore({ client: twice, prefix });
    expect(await other.set([write('k', { condition: { absent: true } })], call())).toEqual(['created']);
    expect(await other.set([write('k', { version: 'w', condition: { version: 'v' } })], call())).toEqual(['replaced']);
    expect(await other.modify('k', () => write('', { version: 'x' }), call())).toMatchObject({ version: 'x' });
    expect(await other.set([write('k', { condition: { absent: true } })], call())).toEqual(['condition-failed']);
    await other.close();
  });

  it('takes a few rows that have long ended away with every write that adds some', async () => {
    const terms = { indexes: { user: 'alice' }, expiresAt: Date.now() + 1_000 };
    await store.set(
      ['a', 'b', 'c'].map((key) => write(key, terms)),
      call(),
    );
    const index = (await redis.keys(`${prefix}{000}i*`))[0] as string;
    const later = { now: Date.now() + 120_000 };
    await store.set([write('d', { ...terms, expiresAt: later.now + 1_000 })], later);
    expect(await redis.zrange(index, '0', '-1')).toEqual(['d']);
    expect(await redis.zcard(`${prefix}{000}e`)).toBe(1);
  });

  it('fails one write, not its neighbours, where something else holds the key', async () => {
    await redis.sadd(`${prefix}{000}:foreign`, 'x');
    const [bad, good] = await Promise.allSettled([
      store.set([write('foreign', { condition: { absent: true } })], call()),
      store.set([write('good')], call()),
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { message: expect.stringMatching(/another type/) } });
    expect(good).toEqual({ status: 'fulfilled', value: ['created'] });
    expect(await store.get(['foreign'], call())).toEqual([undefined]);
  });

  it('takes a text that something else wrote for no entry, and writes over it', async () => {
    await redis.set(`${prefix}{000}:k`, 'not a record, though long enough to be one');
    expect(await store.get(['k'], call())).toEqual([undefined]);
    expect(await store.delete(['k'], call())).toEqual([false]);
    await redis.set(`${prefix}{000}:k`, 'x');
    expect(await store.modify('k', (current) => (current === undefined ? write('') : 'keep'), call())).toMatchObject({
      version: 'v',
    });
  });

  it('refuses writes with LARDER_STORE_FULL when Redis may use no more memory, and goes on to read and delete', async () => {
    await store.set([write('k')], call());
    await redis.config('SET', 'maxmemory', '1');
    try {
      await expect(store.set([write('l')], call())).rejects.toMatchObject({ code: 'LARDER_STORE_FULL' });
      expect((await store.get(['k'], call()))[0]).toBeDefined();
      expect(await store.delete(['k'], call())).toEqual([true]);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
  });

  it('gives up what waits behind a slow Redis and nobody waits for any more', async () => {
    const url = server.url;
    const own = redisStore({ url, prefix });
    await own.set([write('k')], call());
    const gone = new AbortController();
    server.freeze();
    const sent = own.set([write('k', { version: 'sent' })], call());
    await new Promise((resolve) => setTimeout(resolve, 20));
    const waiting = own.set([write('k', { version: 'waiting' })], { ...call(), signal: gone.signal });
    const refused = expect(waiting).rejects.toThrow('given up');
    await new Promise((resolve) => setTimeout(resolve, 60));
    gone.abort(new Error('given up'));
    server.thaw();
    await sent;
    await refused;
    expect((await own.get(['k'], call()))[0]?.version).toBe('sent');
    await own.close();
  });
});
