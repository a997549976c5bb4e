import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { LockContext } from '../../src/contracts/lock.js';
import { LarderError, LockLostError, LockNotAcquiredError } from '../../src/errors.js';
import { chaosStore, type FakeClock, fakeClock, memoryMapStore, seededRandom } from '../../src/testing/index.js';
import { deferred } from '../load/deferred.js';
import { isPending, settled } from '../load/held-load.js';
import { heldStore } from '../load/held-store.js';
import { openTwo } from '../tags/two-caches.js';

/** Lets time pass in steps that are shorter than any that a lock waits. */
async function pass(clock: FakeClock, milliseconds: number, step = 20): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += step) {
    clock.advance(Math.min(step, milliseconds - passed));
    await settled();
  }
}

/** Work that holds a lock until it is told to end. */
function heldWork<T = string>() {
  const begun = deferred<LockContext>();
  const end = deferred<T>();
  return {
    work(lock: LockContext) {
      begun.resolve(lock);
      return end.promise;
    },
    begun: begun.promise,
    answer: end.resolve,
    fail: end.reject,
  };
}

interface Opened {
  readonly clock: FakeClock;
  /** Of the same process, and so of the same queue; on a store, `other` is of another process. */
  readonly one: Cache;
  readonly other: Cache;
  close(): Promise<void>;
}

const tiers = [
  {
    name: 'memory',
    isShared: false,
    open(): Opened {
      const clock = fakeClock();
      const cache = createCache({ clock, random: () => 0 });
      return { clock, one: cache, other: cache, close: () => cache.close() };
    },
  },
  { name: 'a shared store', isShared: true, open: (): Opened => openTwo(memoryMapStore(), { random: () => 0 }) },
];

describe.each(tiers)('a lock on $name', ({ open, isShared }) => {
  it('answers what the work answers, whatever that is', async () => {
    const { one, close } = open();
    for (const value of [undefined, null, 0, 'text', { a: 1 }])
      expect(await one.lock('k', {}, () => value)).toBe(value);
    expect(await one.lock('k', {}, async () => 'later')).toBe('later');
    await close();
  });

  it('lets nobody else in before the work is over, here or there', async () => {
    const { one, other, clock, close } = open();
    const first = heldWork();
    const second = heldWork();
    const running = one.lock('k', {}, first.work);
    await first.begun;
    const waiting = other.lock('k', {}, second.work);
    await pass(clock, 5_000, 200);
    expect(await isPending(second.begun)).toBe(true);
    first.answer('first');
    expect(await running).toBe('first');
    await pass(clock, 300);
    await second.begun;
    second.answer('second');
    expect(await waiting).toBe('second');
    await close();
  });

  it('gives each holder a greater fencing token, a safe integer', async () => {
    const { one, other, clock, close } = open();
    const tokens: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      tokens.push(await (turn % 2 ? one : other).lock('k', {}, ({ fencingToken }) => fencingToken));
      if (turn % 5 === 0) clock.advance(7_200_000);
    }
    expect(tokens.every((token, at) => Number.isSafeInteger(token) && token > (tokens[at - 1] ?? 0))).toBe(true);
    await close();
  });

  it('is apart from locks of other names and namespaces, and from keys', async () => {
    const { one, other, close } = open();
    await one.set('k', 'value');
    await one.lock('k', {}, async () => {
      await other.lock('l', { wait: '0ms' }, () => {});
      await other.namespace('n').lock('k', { wait: '0ms' }, () => {});
      expect(await one.get('k')).toBe('value');
      expect(await one.delete('k')).toBe(true);
      await expect(other.lock('k', { wait: '0ms' }, () => {})).rejects.toThrow(LockNotAcquiredError);
    });
    await close();
  });

  it('is neither listed, nor deleted by a pattern, nor cleared, nor pruned while it is held', async () => {
    const { one, other, close } = open();
    await one.lock('k', {}, async () => {
      expect((await one.keysPage({})).keys).toEqual([]);
      expect(await one.deleteMatching('*')).toBe(0);
      await one.clear();
      await settled(10);
      expect(await one.prune()).toBe(0);
      await expect(other.lock('k', { wait: '0ms' }, () => {})).rejects.toThrow(LockNotAcquiredError);
    });
    await close();
  });

  it('tries once with wait 0ms, and says until when somebody else has it', async () => {
    const { one, other, clock, close } = open();
    const first = heldWork();
    const running = one.lock('k', { ttl: '10s' }, first.work);
    await first.begun;
    const refused = await other.lock('k', { wait: '0ms' }, () => 'second').catch((error) => error);
    expect(refused).toBeInstanceOf(LockNotAcquiredError);
    expect(refused).toMatchObject({ code: 'LARDER_LOCK_NOT_ACQUIRED', lock: 'k' });
    expect(refused.until - clock.now()).toBeGreaterThanOrEqual(10_000);
    expect(refused.until - clock.now()).toBeLessThan(10_500);
    expect(refused.message).toContain(new Date(refused.until).toISOString());
    first.answer('');
    await running;
    expect(await other.lock('k', { wait: '0ms' }, () => 'second')).toBe('second');
    await close();
  });

  it('waits as long as it is told, and not longer', async () => {
    const { one, other, clock, close } = open();
    const first = heldWork();
    const running = one.lock('k', {}, first.work);
    await first.begun;
    const waiting = other.lock('k', { wait: '2s' }, () => 'never');
    waiting.catch(() => {});
    await pass(clock, 1_999, 100);
    expect(await isPending(waiting)).toBe(true);
    await pass(clock, 1);
    expect(await isPending(waiting)).toBe(false);
    await expect(waiting).rejects.toThrow(/within 2000 ms/);
    first.answer('');
    await running;
    await close();
  });

  it('waits fifteen seconds unless told otherwise: longer than a dead holder has the lock', async () => {
    const { one, other, clock, close } = open();
    const first = heldWork();
    one.lock('k', {}, first.work).catch(() => {});
    await first.begun;
    const waiting = other.lock('k', {}, () => 'never').catch((error) => error);
    await pass(clock, 14_999, 200);
    expect(await isPending(waiting)).toBe(true);
    await pass(clock, 1);
    expect(await waiting).toBeInstanceOf(LockNotAcquiredError);
    first.answer('');
    await close();
  });

  it('is extended as long as the work goes on', async () => {
    const { one, other, clock, close } = open();
    const first = heldWork();
    const running = one.lock('k', { ttl: '300ms' }, first.work);
    const lock = await first.begun;
    for (let second = 0; second < 5; second++) {
      await pass(clock, 1_000, 50);
      await expect(other.lock('k', { wait: '0ms' }, () => {})).rejects.toThrow(LockNotAcquiredError);
    }
    expect(lock.signal.aborted).toBe(false);
    first.answer('done');
    expect(await running).toBe('done');
    expect(clock.pendingTasks()).toBe(0);
    await close();
  });

  it.each([
    ['a rejection', () => Promise.reject(new Error('work failed'))],
    [
      'a throw',
      () => {
        throw new Error('work failed');
      },
    ],
  ])('is let go of after %s, which the caller gets', async (_, work) => {
    const { one, other, clock, close } = open();
    await expect(one.lock('k', {}, work)).rejects.toThrow('work failed');
    expect(await other.lock('k', { wait: '0ms' }, () => 'free')).toBe('free');
    expect(clock.pendingTasks()).toBe(0);
    await close();
  });

  it("aborts the work's signal by the caller's, and stays held until the work has ended", async () => {
    const { one, other, close } = open();
    const first = heldWork();
    const leaving = new AbortController();
    const running = one.lock('k', { signal: leaving.signal }, first.work);
    const { signal } = await first.begun;
    leaving.abort(new Error('leaving'));
    expect(signal.reason).toMatchObject({ message: 'leaving' });
    await expect(other.lock('k', { wait: '0ms' }, () => {})).rejects.toThrow(LockNotAcquiredError);
    first.answer('wound up');
    expect(await running).toBe('wound up');
    expect(await other.lock('k', { wait: '0ms' }, () => 'free')).toBe('free');
    await close();
  });

  it('gives up waiting by a signal, and others do not wait for the one who left', async () => {
    const { one, other, clock, close } = open();
    const first = heldWork();
    const running = one.lock('k', {}, first.work);
    await first.begun;
    const leaving = new AbortController();
    const waiting = other.lock('k', { signal: leaving.signal }, () => 'never');
    const behind = other.lock('k', {}, () => 'behind');
    await settled();
    leaving.abort(new Error('leaving'));
    await expect(waiting).rejects.toThrow('leaving');
    await expect(other.lock('k', { signal: AbortSignal.abort(new Error('left')) }, () => {})).rejects.toThrow('left');
    first.answer('');
    await running;
    await pass(clock, 300);
    expect(await behind).toBe('behind');
    expect(clock.pendingTasks()).toBe(0);
    await close();
  });

  it('is not reentrant: work that asks for its own lock waits for itself', async () => {
    const { one, close } = open();
    const inner = one.lock('k', {}, () => one.lock('k', { wait: '0ms' }, () => 'inner'));
    await expect(inner).rejects.toThrow(LockNotAcquiredError);
    await close();
  });

  it('rejects those who wait when the cache is closed, and lets go of what it holds', async () => {
    const { one, other, clock, close } = open();
    const first = heldWork();
    const running = one.lock('k', {}, first.work);
    const { signal } = await first.begun;
    const waiting = one.lock('k', {}, () => 'never').catch((error) => error);
    await settled();
    const closing = one.close();
    expect(await waiting).toMatchObject({ code: 'LARDER_CLOSED' });
    expect(signal.reason).toMatchObject({ code: 'LARDER_CLOSED' });
    expect(await isPending(closing)).toBe(true);
    first.answer('wound up');
    expect(await running).toBe('wound up');
    await closing;
    await expect(one.lock('k', {}, () => {})).rejects.toMatchObject({ code: 'LARDER_CLOSED' });
    if (isShared) expect(await other.lock('k', { wait: '0ms' }, () => 'free')).toBe('free');
    expect(clock.pendingTasks()).toBe(0);
    await close();
  });

  it('does not hold up close() for ever, nor lets go of a lock whose work goes on', async () => {
    const { one, other, clock, close } = open();
    const first = heldWork();
    const running = one.lock('k', {}, first.work).catch((error) => error);
    await first.begun;
    const closing = one.close();
    await pass(clock, 4_900, 100);
    expect(await isPending(closing)).toBe(true);
    await pass(clock, 100);
    await closing;
    if (isShared) await expect(other.lock('k', { wait: '0ms' }, () => {})).rejects.toThrow(LockNotAcquiredError);
    await pass(clock, 5_200, 100);
    if (isShared) expect(await other.lock('k', { wait: '0ms' }, () => 'free')).toBe('free');
    first.answer('');
    expect(await running).toBeInstanceOf(LockLostError);
    await close();
  });

  it.each([
    ['', {}, 'LARDER_INVALID_KEY'],
    ['\ud800', {}, 'LARDER_INVALID_KEY'],
    ['k', { ttl: 'never' }, 'LARDER_INVALID_OPTION'],
    ['k', { ttl: '99ms' }, 'LARDER_INVALID_OPTION'],
    ['k', { ttl: 5 as unknown as '5s' }, 'LARDER_INVALID_OPTION'],
    ['k', { wait: 'soon' as '5s' }, 'LARDER_INVALID_OPTION'],
    ['k', { timeout: '5s' }, 'LARDER_INVALID_OPTION'],
    ['k', undefined as unknown as object, 'LARDER_INVALID_OPTION'],
    ['k', { signal: {} as AbortSignal }, 'LARDER_INVALID_OPTION'],
  ])('refuses what cannot be used: %j, %j', async (name, options, code) => {
    const { one, close } = open();
    await expect(one.lock(name, options, () => {})).rejects.toMatchObject({ code });
    await expect(one.lock('k', {}, undefined as unknown as () => void)).rejects.toThrow(LarderError);
    expect(await one.lock('k', { wait: '0ms' }, () => 'nothing is held')).toBe('nothing is held');
    await close();
  });

  it('takes names as long as keys', async () => {
    const { one, other, close } = open();
    const [long, longer] = ['x'.repeat(8_191), 'x'.repeat(8_192)];
    await one.lock(long, {}, async () => {
      await other.lock(longer, { wait: '0ms' }, () => {});
      await expect(other.lock(long, { wait: '0ms' }, () => {})).rejects.toThrow(LockNotAcquiredError);
    });
    await close();
  });
});

describe('callers of one process', () => {
  it('get the lock in the order in which they came, one at a time', async () => {
    const { one, other, clock, close } = openTwo(memoryMapStore(), { random: () => 0.5 });
    const order: number[] = [];
    let holders = 0;
    const caller = (cache: Cache, number: number) =>
      cache.lock('k', { wait: '1h' }, async () => {
        expect(++holders).toBe(1);
        order.push(number);
        await settled(1);
        holders--;
      });
    const all = Array.from({ length: 40 }, (_, at) => caller(at % 2 ? one : other, at));
    await pass(clock, 4_000, 50);
    await Promise.all(all);
    expect(order.filter((at) => at % 2 === 1)).toEqual(Array.from({ length: 20 }, (_, at) => 2 * at + 1));
    expect(order.filter((at) => at % 2 === 0)).toEqual(Array.from({ length: 20 }, (_, at) => 2 * at));
    await close();
  });

  it('cost the store as much as one while they wait', async () => {
    const store = heldStore(memoryMapStore());
    const { one, other, clock, close } = openTwo(store, { random: () => 0 });
    const first = heldWork();
    const running = one.lock('k', { ttl: '1h' }, first.work);
    await first.begun;
    const before = store.calls.length;
    const waiting = Array.from({ length: 100 }, () => other.lock('k', { wait: '10s' }, () => {}).catch(() => {}));
    await pass(clock, 10_000, 50);
    await Promise.all(waiting);
    // 50, 100, 200 and then every 250 ms, and once at the end.
    expect(store.calls.length - before).toBeLessThan(50);
    first.answer('');
    await running;
    await close();
  });

  it('do not keep it among themselves while those of another process wait', async () => {
    const { one, other, clock, close } = openTwo(memoryMapStoreThatIsShared(), { random: () => 0 });
    let isOver = false;
    const selfish = async () => {
      while (!isOver) await one.lock('k', { wait: 'never' }, () => new Promise<void>((end) => clock.schedule(end, 10)));
    };
    const crowd = Array.from({ length: 3 }, selfish);
    await pass(clock, 100, 10);
    const waiting = other.lock('k', { wait: '3s' }, () => 'had it').catch((error) => error);
    await pass(clock, 3_100, 10);
    expect(await waiting).toBe('had it');
    isOver = true;
    await pass(clock, 1_000, 10);
    await Promise.all(crowd);
    await close();
  });
});

describe('a caller whose process did not have the lock', () => {
  it('does not make way for others when those before it waited long for another process', async () => {
    const { one, other, clock, close } = openTwo(memoryMapStoreThatIsShared(), { random: () => 0 });
    const held = heldWork();
    const running = other.lock('k', {}, held.work);
    await held.begun;
    const order: string[] = [];
    const waiting = ['first', 'second'].map((name) => one.lock('k', {}, () => order.push(name)));
    await pass(clock, 3_000, 50);
    held.answer('');
    await running;
    await pass(clock, 250, 10);
    expect(order).toEqual(['first', 'second']);
    await Promise.all(waiting);
    await close();
  });
});

function memoryMapStoreThatIsShared() {
  const store = memoryMapStore();
  return { ...store, capabilities: { ...store.capabilities, shared: true } };
}

describe('a lock that is lost', () => {
  function openChaos() {
    const clock = fakeClock();
    const store = chaosStore(memoryMapStore(), { random: seededRandom(1), clock });
    const options = { clock, store, storeTimeout: '200ms', random: () => 0, circuitBreaker: false } as const;
    const cache = createCache(options);
    const failures: string[] = [];
    cache.on('store-error', ({ operation, error }) => failures.push(`${operation} ${(error as LarderError).code}`));
    return { clock, store, cache, failures };
  }

  it('aborts the signal at its end, when the store stays away, and rejects although the work ended well', async () => {
    const { clock, store, cache, failures } = openChaos();
    const held = heldWork();
    const running = cache.lock('k', { ttl: '3s' }, held.work).catch((error) => error);
    const { signal } = await held.begun;
    store.become({ hangRate: 1 });
    await pass(clock, 2_999);
    expect(signal.aborted).toBe(false);
    await pass(clock, 1);
    expect(signal.reason).toBeInstanceOf(LockLostError);
    expect(failures.length).toBeGreaterThan(2);
    expect(new Set(failures)).toEqual(new Set(['lock LARDER_STORE_TIMEOUT']));
    held.answer('done');
    await settled();
    await pass(clock, 200);
    const error = await running;
    expect(error).toBe(signal.reason);
    expect(error).toMatchObject({ code: 'LARDER_LOCK_LOST', lock: 'k', cause: { code: 'LARDER_STORE_TIMEOUT' } });
    // Until it answers again, the store is asked now and then.
    store.become({ hangRate: 0 });
    await pass(clock, 1_500);
    expect(clock.pendingTasks()).toBe(0);
    await cache.close();
  });

  it("lets the work's own failure go first", async () => {
    const { clock, store, cache } = openChaos();
    const held = heldWork();
    const running = cache.lock('k', { ttl: '3s' }, held.work).catch((error) => error);
    const { signal } = await held.begun;
    store.become({ errorRate: 1 });
    await pass(clock, 3_000);
    expect(signal.aborted).toBe(true);
    held.fail(new Error('work failed'));
    expect(await running).toMatchObject({ message: 'work failed' });
    await cache.close();
  });

  it('survives an outage that is shorter than two thirds of its ttl', async () => {
    const { clock, store, cache } = openChaos();
    const held = heldWork();
    const running = cache.lock('k', { ttl: '3s' }, held.work);
    const { signal } = await held.begun;
    await pass(clock, 900);
    store.become({ errorRate: 1 });
    await pass(clock, 1_700);
    store.become({ errorRate: 0 });
    await pass(clock, 10_000, 100);
    expect(signal.aborted).toBe(false);
    held.answer('done');
    expect(await running).toBe('done');
    await cache.close();
  });

  it('counts the life of an extension from before it was asked for, however late the answer', async () => {
    const store = heldStore(memoryMapStore());
    const { one, clock, close } = openTwo(store, { storeTimeout: '900ms' });
    const held = heldWork();
    const running = one.lock('k', { ttl: '3s' }, held.work).catch((error) => error);
    const { signal } = await held.begun;
    const answer = store.hold('modify', 'answer');
    await pass(clock, 1_800);
    answer();
    store.hold('modify');
    await pass(clock, 2_199);
    expect(signal.aborted).toBe(false);
    await pass(clock, 1);
    expect(signal.aborted).toBe(true);
    held.answer('');
    await settled();
    await pass(clock, 900);
    expect(await running).toBeInstanceOf(LockLostError);
    await close();
  });

  it('is noticed at the next extension where its record is gone', async () => {
    const { clock, store, cache } = openChaos();
    const held = heldWork();
    const running = cache.lock('k', { ttl: '3s' }, held.work).catch((error) => error);
    const { signal } = await held.begun;
    await store.delete((await store.scan('!', { limit: 10 }, { now: clock.now() })).keys, { now: clock.now() });
    await pass(clock, 1_000);
    expect(signal.reason).toMatchObject({ code: 'LARDER_LOCK_LOST' });
    held.answer('done');
    expect(await running).toBe(signal.reason);
    await cache.close();
  });

  it('is noticed at the end of the work where there was no extension before', async () => {
    const { clock, store, cache } = openChaos();
    const running = cache.lock('k', {}, async () => {
      await store.delete((await store.scan('!', { limit: 10 }, { now: clock.now() })).keys, { now: clock.now() });
    });
    await expect(running).rejects.toMatchObject({ code: 'LARDER_LOCK_LOST' });
    await cache.close();
  });

  it('is noticed where the work kept the thread beyond the end', async () => {
    const clock = fakeClock();
    let skipped = 0;
    // Time goes on while no timer runs.
    const cache = createCache({ clock: { ...clock, now: () => clock.now() + skipped } });
    const running = cache.lock('k', { ttl: '3s' }, () => {
      skipped = 3_000;
    });
    await expect(running).rejects.toMatchObject({ code: 'LARDER_LOCK_LOST' });
    await cache.close();
  });

  it('lets the next of this process in, though the work goes on', async () => {
    const { clock, store, cache } = openChaos();
    const held = heldWork();
    const running = cache.lock('k', { ttl: '3s' }, held.work).catch((error) => error);
    const { signal, fencingToken } = await held.begun;
    const next = cache.lock('k', {}, (lock) => lock.fencingToken);
    store.become({ errorRate: 1 });
    signal.addEventListener('abort', () => store.become({ errorRate: 0 }));
    // The end that the next one sees may be that of an extension whose answer was lost.
    await pass(clock, 6_500);
    expect(await next).toBeGreaterThan(fencingToken);
    held.answer('');
    expect(await running).toBeInstanceOf(LockLostError);
    await cache.close();
  });

  it('does not hide the result where only letting go of it fails: an event tells', async () => {
    const { store, cache, failures } = openChaos();
    const running = cache.lock('k', {}, () => {
      store.become({ errorRate: 1 });
      return 'done';
    });
    expect(await running).toBe('done');
    expect(failures).toEqual(['lock LARDER_STORE_FAILED']);
    await cache.close();
  });
});

describe('a lock whose store is away', () => {
  it.each(['degrade', 'throw'] as const)('rejects at once (onStoreError: %s)', async (onStoreError) => {
    const clock = fakeClock();
    const store = chaosStore(memoryMapStore(), { random: seededRandom(1), clock, errorRate: 1 });
    const cache = createCache({ clock, store, onStoreError });
    let runs = 0;
    await expect(cache.lock('k', { wait: '1h' }, () => runs++)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    expect(runs).toBe(0);
    await cache.close();
  });

  it('lets go of what a take without an answer may have taken', async () => {
    const store = heldStore(memoryMapStore());
    const { one, other, clock, close } = openTwo(store, { storeTimeout: '1s' });
    const answer = store.hold('modify', 'answer');
    const taking = one.lock('k', { ttl: '1h' }, () => 'never').catch((error) => error);
    await settled();
    clock.advance(1_000);
    expect(await taking).toMatchObject({ code: 'LARDER_STORE_TIMEOUT' });
    answer();
    await settled();
    expect(await other.lock('k', { wait: '0ms' }, () => 'free')).toBe('free');
    await close();
  });

  it('lets go of what is taken after the caller has left', async () => {
    const store = heldStore(memoryMapStore());
    const { one, other, close } = openTwo(store);
    const answer = store.hold('modify', 'answer');
    const leaving = new AbortController();
    const taking = one.lock('k', { ttl: '1h', signal: leaving.signal }, () => 'never');
    await settled();
    leaving.abort(new Error('leaving'));
    await expect(taking).rejects.toThrow('leaving');
    answer();
    await settled();
    expect(await other.lock('k', { wait: '0ms' }, () => 'free')).toBe('free');
    await close();
  });

  it('does not begin with a lease that ended before the store answered', async () => {
    const store = heldStore(memoryMapStore());
    const { one, clock, close } = openTwo(store, { storeTimeout: '10s' });
    const answer = store.hold('modify', 'answer');
    let begunAt = 0;
    const taking = one.lock('k', { ttl: '3s' }, () => {
      begunAt = clock.now();
      return 'done';
    });
    await settled();
    const askedAt = clock.now();
    clock.advance(3_000);
    answer();
    await pass(clock, 100);
    expect(await taking).toBe('done');
    expect(begunAt).toBeGreaterThanOrEqual(askedAt + 3_000);
    await close();
  });
});

it('is let go of before the store is closed, also where the work itself closes the cache at once', async () => {
  const store = heldStore(memoryMapStore());
  const cache = createCache({ store, clock: fakeClock() });
  const failures: unknown[] = [];
  cache.on('store-error', ({ error }) => failures.push(error));
  let closing: Promise<void> | undefined;
  const running = cache.lock('k', {}, async () => {
    closing = cache.close();
    await settled();
    return 'closed';
  });
  expect(await running).toBe('closed');
  await closing;
  expect(failures).toEqual([]);
  expect(store.calls).toEqual(['modify', 'modify']);
});

it('refuses a store that cannot change atomically, and names those that can', async () => {
  const store = memoryMapStore();
  const cache = createCache({ store: { ...store, capabilities: { ...store.capabilities, atomicWrites: false } } });
  const refused = cache.lock('k', {}, () => {});
  await expect(refused).rejects.toMatchObject({ code: 'LARDER_UNSUPPORTED_BY_STORE' });
  await expect(refused).rejects.toThrow(/Redis, memcached/);
  await cache.close();
});
