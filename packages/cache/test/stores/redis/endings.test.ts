import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store, StoreWrite } from '../../../src/contracts/store.js';
import { redisStore } from '../../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../../servers/redis.js';
import { newPrefix, sharedRedis } from '../../servers/shared-redis.js';

const hour = 3_600_000;
const day = 24 * hour;

describe.skipIf(redisIsMissing)(`ends that are to be told, in Redis${ifRedis}`, () => {
  let redis: Redis;
  let prefix: string;
  let table: string;
  let store: Store;
  let now: number;
  let sent: (string | Buffer)[][] = [];
  beforeAll(async () => {
    redis = new Redis((await sharedRedis()).port);
  });
  afterAll(() => redis.disconnect());
  beforeEach(() => {
    now = Date.now();
    prefix = newPrefix();
    table = `${prefix}{000}n`;
    store = redisStore({ client: recording((command, args) => redis.callBuffer(command, args)), prefix });
    sent = [];
  });
  afterEach(() => store.close());

  const recording = (send: (command: string, args: string[]) => Promise<unknown>): Redis =>
    new Proxy(redis, {
      get(target, name) {
        const callBuffer = (command: string, args: string[]) => {
          sent.push([command, ...args]);
          return send(command, args);
        };
        if (name === 'callBuffer') return callBuffer;
        const member = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });

  const silent = (key: string, life = 1_000): StoreWrite => {
    return { key, bytes: Buffer.from('v'), expiresAt: now + life, version: `v${Math.random()}`, indexes: {} };
  };
  const told = (key: string, life = 1_000, expiryNote = 'note'): StoreWrite => ({ ...silent(key, life), expiryNote });
  const ended = async (at: number) => (await store.expired?.({ prefix: '', limit: 100 }, { now: at }))?.expired ?? [];
  const keysEnded = async (at: number) => (await ended(at)).map(({ key }) => key).sort();

  it('cost the writes of others no command and no argument', async () => {
    await store.set([silent('alone')], { now });
    await store.set([silent('a'), silent('c')], { now });
    await store.delete(['a', 'c'], { now });
    const names = sent.map(([command]) => command).filter((command) => command !== 'eval');
    expect(names).toEqual(['set', 'evalsha', 'evalsha']);
    const base = `${prefix}{000}`;
    const args = sent.at(-1)?.slice(2).map(String);
    expect(args).toEqual(['2', `${base}:a`, `${base}:c`, String(base.length), 'ndd', String(now)]);
    expect(await redis.keys(`${prefix}*`)).toEqual([`${prefix}{000}:alone`]);
  });

  it('outlive the value, which leaves Redis as soon as any', async () => {
    await store.set([told('a'), silent('b')], { now });
    const [a, b] = await Promise.all(['a', 'b'].map((key) => redis.pexpiretime(`${prefix}{000}:${key}`)));
    expect(a).toBe(b);
    await redis.del(`${prefix}{000}:a`);
    expect(await ended(now + 1_000)).toEqual([{ key: 'a', expiresAt: now + 1_000, note: 'note' }]);
    expect(await ended(now + 999)).toEqual([]);
  });

  it('go with what replaces the entry before its end, whatever way that is written', async () => {
    const keys = ['lone', 'batch', 'large', 'indexed', 'added', 'versioned', 'changed', 'removed', 'deleted', 'kept'];
    const writes = keys.map((key) => told(key));
    await store.set(writes, { now });
    const rest = { expiresAt: now + hour };
    await store.set([{ ...silent('lone'), ...rest }], { now });
    await store.set([{ ...silent('batch'), ...rest }, silent('other')], { now });
    await store.set([{ ...silent('large'), ...rest, bytes: Buffer.alloc(10_000) }], { now });
    await store.set([{ ...silent('indexed'), ...rest, indexes: { user: 'alice' } }], { now });
    await store.set([{ ...told('added'), ...rest, condition: { absent: true } }], { now });
    const version = writes.find(({ key }) => key === 'versioned')?.version ?? '';
    await store.set([{ ...silent('versioned'), ...rest, condition: { version } }], { now });
    await store.modify('changed', () => ({ ...told('changed'), ...rest }), { now });
    await store.modify('removed', () => 'delete', { now });
    await store.delete(['deleted'], { now });
    expect(await keysEnded(now + 2_000)).toEqual(['added', 'kept']);
    expect(await keysEnded(now + 2 * hour)).toEqual(['added', 'changed', 'kept']);
  });

  it('stay where the entry is written again at its end or after it', async () => {
    for (const key of ['lone', 'told', 'changed', 'deleted']) await store.set([told(key)], { now });
    const later = { now: now + 1_000 };
    await store.set([silent('lone', hour)], later);
    await store.set([told('told', hour)], later);
    await store.modify('changed', () => told('changed', hour), later);
    await store.delete(['deleted'], later);
    const found = await ended(later.now);
    expect(found.map(({ key }) => key).sort()).toEqual(['changed', 'deleted', 'lone', 'told']);
    await store.forgetExpired?.(found, later);
    expect(await ended(later.now)).toEqual([]);
    expect(await keysEnded(now + hour)).toEqual(['changed', 'told']);
  });

  it('are known of a write that the client sends twice, and of one whose script the server has forgotten', async () => {
    const twice = recording(async (command, args) => {
      await redis.callBuffer(command, args).catch(() => {});
      return redis.callBuffer(command, args);
    });
    const other = redisStore({ client: twice, prefix });
    await redis.script('FLUSH');
    await other.set([told('set')], { now });
    await other.set([{ ...told('added'), condition: { absent: true } }], { now });
    await other.modify('changed', () => told('changed'), { now });
    await redis.script('FLUSH');
    expect(await keysEnded(now + 1_000)).toEqual(['added', 'changed', 'set']);
    await store.forgetExpired?.(await ended(now + 1_000), { now });
    expect(await redis.exists(table)).toBe(0);
    await other.close();
  });

  it('are all known of changes that are made in one step, while some of them expire', async () => {
    await store.set([told('standing', 100)], { now });
    const changes = [0, 150, 300].map((passed) =>
      store.modify('standing', () => told('standing', passed + 100, `after ${passed}`), { now: now + passed }),
    );
    await Promise.all(changes);
    expect((await ended(now + hour)).map(({ note }) => note)).toEqual(['after 0', 'after 150', 'after 300']);

    await store.set([told('kept', 100)], { now });
    await Promise.all([
      store.modify('kept', () => 'keep', { now }),
      store.modify('kept', () => told('kept', hour), { now: now + 200 }),
    ]);
    expect((await ended(now + 200)).map(({ key }) => key)).toContain('kept');

    await Promise.all([
      store.modify('gone', () => told('gone', 100), { now }),
      store.modify('gone', () => 'delete', { now: now + 200 }),
    ]);
    expect((await ended(now + 200)).map(({ key }) => key)).toContain('gone');
  });

  it('end by themselves, two days after the last of them', async () => {
    await store.set([told('late', 10 * hour)], { now });
    const end = await redis.pexpiretime(table);
    expect(end).toBeGreaterThanOrEqual(now + 2 * day + 10 * hour);
    expect(end).toBeLessThanOrEqual(now + 2 * day + 11 * hour);
    sent = [];
    await store.set([told('early')], { now: now - 5 * day });
    expect(await redis.pexpiretime(table)).toBe(end);
    await store.set([told('later', 20 * hour)], { now });
    expect(await redis.pexpiretime(table)).toBeGreaterThan(end);
  });

  it('do not gather where nobody listens: each that is added takes old ones away, after two days', async () => {
    for (let at = 0; at < 20; at++) await store.set([told(`k${at}`, at + 1)], { now });
    await store.set([told('l')], { now: now + 2 * day });
    expect(await redis.zcard(table)).toBe(21);
    await store.set([told('l')], { now: now + 2 * day + 100 });
    expect(await keysEnded(now + 500)).toHaveLength(15);
    for (let at = 0; at < 5; at++) await store.set([told('m')], { now: now + 2 * day + 100 });
    expect(await keysEnded(now + 2_000)).toEqual(['l', 'm']);
  });

  it('are not noted of what has no end, and of any key as it is', async () => {
    await store.set([{ ...told('for ever'), expiresAt: Number.POSITIVE_INFINITY }], { now });
    expect(await redis.exists(table)).toBe(0);
    const keys = ['', '{a}:b', '😀', '\u0000', 'k'.repeat(5_000)];
    await store.set(
      keys.map((key) => told(key)),
      { now },
    );
    expect(await keysEnded(now + 1_000)).toEqual([...keys].sort());
  });

  it('refuse a cursor of something else', async () => {
    for (const cursor of ['x', Buffer.from('[0,[[7,""]]]').toString('base64url')]) {
      await expect(store.expired?.({ prefix: '', limit: 1, cursor }, { now })).rejects.toThrow(/does not belong/);
    }
  });
});
