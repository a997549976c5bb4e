import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import { chaosStore } from '../../src/testing/chaos-store.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { settled } from '../load/held-load.js';

const calls = Number(process.env.LARDER_CHAOS_CALLS ?? 100_000);
const keys = Array.from({ length: 25 }, (_, at) => `key${at}`);
const tags = ['red', 'green', 'blue'];

/** What may go wrong without being a fault of the cache: the store, the source, and a clash of numbers and texts. */
const expectedCodes = new Set([
  'LARDER_STORE_FAILED',
  'LARDER_STORE_TIMEOUT',
  'LARDER_STORE_UNAVAILABLE',
  'LARDER_LOADER_TIMEOUT',
  'LARDER_NOT_AN_INTEGER',
]);

/** Makes one call after another, whatever became of those before, and notes every value that nobody put there. */
class Mixture {
  readonly wrong: string[] = [];
  readonly unexpected: string[] = [];
  readonly pending = new Set<Promise<unknown>>();
  readonly #cache: Cache;
  readonly #random: () => number;
  readonly #sleep: (millis: number) => Promise<void>;
  /** All values ever offered to the cache for a key, by set or by a loader. */
  readonly #offered = new Map<string, Set<unknown>>(keys.map((key) => [key, new Set()]));
  #next = 0;

  constructor(cache: Cache, random: () => number, sleep: (millis: number) => Promise<void>) {
    this.#cache = cache;
    this.#random = random;
    this.#sleep = sleep;
  }

  act(): void {
    const [key, other] = [this.#pick(keys), this.#pick(keys)];
    const cache = this.#cache;
    const options = { tags: [this.#pick(tags)], indexes: { of: this.#pick(tags) } };
    const check = (value: unknown) => this.#check(key, value);
    const checkAll = (found: ReadonlyMap<string, unknown>) => {
      for (const [each, value] of found) this.#check(each, value);
    };
    const load = () => this.#load(key);
    const actions: readonly (() => Promise<unknown>)[] = [
      () => cache.get(key).then(check),
      () => cache.get(key).then(check),
      () => cache.getEntry(key).then((entry) => check(entry?.value)),
      () => cache.has(key),
      () => cache.getMany([key, other]).then(checkAll),
      () => cache.getOrSet(key, load, options).then(check),
      () => cache.getOrSet(key, load, options).then(check),
      () => cache.getOrSet(key, load, options).then(check),
      () => cache.getOrSet(key, load, { ...options, forceFresh: true }).then(check),
      () => this.#abandoned(key, load),
      () =>
        cache
          .getOrSetMany([key, other], async (asked) => {
            const loaded = new Map<string, unknown>();
            for (const each of asked) loaded.set(each, await this.#load(each));
            return loaded;
          })
          .then(checkAll),
      () => cache.set(key, this.#offer(key), options),
      () => cache.set(key, this.#offer(key)),
      () => cache.setEntry(key, this.#offer(key), options),
      () => cache.setMany([[key, this.#offer(key)]], options),
      () => cache.add(key, this.#offer(key), options),
      () => cache.writeThrough(key, this.#offer(key), () => this.#sleep(5)),
      () => cache.update(key, () => this.#offer(key)).then(check),
      () => cache.touch(key, '2s'),
      () => cache.ttlSeconds(key),
      () => cache.increment(`n:${key}`),
      () => cache.delete(key),
      () => cache.deleteMany([key, other]),
      () => cache.getKeysByIndex('of', this.#pick(tags)),
      () => cache.getByIndex('of', this.#pick(tags)).then((values) => this.#checkAny(values)),
      () => cache.keysPage({ prefix: 'key' }),
    ];
    const seldom: readonly (() => Promise<unknown>)[] = [
      () => cache.invalidateTags([this.#pick(tags)], { remove: this.#random() < 0.5 }),
      () => cache.deleteByIndex('of', this.#pick(tags)),
      () => cache.deleteMatching('key1*'),
      () => cache.clear(),
      () => cache.prune(),
    ];
    this.#watch(this.#pick(this.#random() < 0.02 ? seldom : actions)());
  }

  /** A caller who leaves. */
  #abandoned(key: string, load: () => Promise<unknown>): Promise<unknown> {
    const controller = new AbortController();
    const call = this.#cache.getOrSet(key, load, { signal: controller.signal });
    void this.#sleep(this.#random() * 30).then(() => controller.abort());
    return call.then(
      (value) => this.#check(key, value),
      (error) => {
        if (!controller.signal.aborted) throw error;
      },
    );
  }

  async #load(key: string): Promise<unknown> {
    const fate = this.#random();
    const value = this.#offer(key);
    await this.#sleep(this.#random() * 60);
    if (fate < 0.2) throw new Error('source is down');
    return fate < 0.25 ? undefined : value;
  }

  #offer(key: string): string {
    const value = `${key}#${this.#next++}`;
    this.#offered.get(key)?.add(value);
    return value;
  }

  #check(key: string, value: unknown): void {
    if (value !== undefined && !this.#offered.get(key)?.has(value)) this.wrong.push(`${key} gave ${String(value)}`);
  }

  #checkAny(values: readonly unknown[]): void {
    for (const value of values) this.#check(String(value).split('#')[0] as string, value);
  }

  #watch(call: Promise<unknown>): void {
    const watched: Promise<unknown> = call
      .catch((error) => {
        const isExpected = expectedCodes.has(error?.code) || error?.message === 'source is down';
        if (!isExpected) this.unexpected.push(String(error?.stack ?? error));
      })
      .finally(() => this.pending.delete(watched));
    this.pending.add(watched);
  }

  #pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[Math.floor(this.#random() * choices.length)] as Choice;
  }
}

describe('a store that fails three times in ten and takes its time', () => {
  it.each([
    ['with memory', {}],
    ['without memory', { memory: false }],
    ['with little memory', { memory: { maxEntries: 8 } }],
    ['with stale windows', { staleWhileRevalidate: '2s', staleIfError: '5s', refreshAhead: 'auto' }],
    ['that is to throw', { onStoreError: 'throw' }],
  ] as const)(
    `costs no wrong value, no leaked flight, nothing unhandled: %s, ${calls} mixed calls in all`,
    async (_, options) => {
      const rejections: unknown[] = [];
      const note = (reason: unknown) => void rejections.push(reason);
      process.on('unhandledRejection', note);
      const random = seededRandom(11);
      const clock = fakeClock();
      const store = chaosStore(memoryMapStore(), { random, clock, errorRate: 0.3, hangRate: 0.002, delay: [0, 40] });
      const circuitBreaker = { failures: 8, pause: '200ms' } as const;
      const loaderTimeout = { soft: '20ms', hard: '50ms' } as const;
      const cache = createCache({ clock, store, random, ttl: '1s', storeTimeout: '100ms', circuitBreaker, loaderTimeout, ...options }); // biome-ignore format: options
      const sleep = (millis: number) => new Promise<void>((resolve) => clock.schedule(resolve, millis));
      const mixture = new Mixture(cache, random, sleep);
      for (let call = 0; call < calls / 5; call++) {
        mixture.act();
        if (call % 4 !== 0) continue;
        clock.advance(Math.floor(random() * 12));
        await settled(1);
      }
      // Open calls end by their deadlines, and close() waits for what is in the background.
      for (let turn = 0; mixture.pending.size > 0 && turn < 1_000; turn++) {
        clock.advance(20);
        await settled(1);
      }
      expect(mixture.pending.size).toBe(0);
      let isClosed = false;
      const closing = cache.close().then(() => {
        isClosed = true;
      });
      for (let turn = 0; !isClosed && turn < 1_000; turn++) {
        clock.advance(20);
        await settled(1);
      }
      expect(isClosed).toBe(true);
      await closing;
      clock.advance(10_000);
      await settled();
      process.off('unhandledRejection', note);
      expect(mixture.wrong).toEqual([]);
      expect(mixture.unexpected).toEqual([]);
      expect(rejections).toEqual([]);
      expect(cache.stats().memory.entries).toBe(0);
      expect(store.counts.failedAfter).toBeGreaterThan(calls / 50);
      expect(store.counts.passed).toBeGreaterThan(calls / 20);
    },
    120_000,
  );
});
