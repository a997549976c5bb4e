import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { Store } from '../../src/contracts/store.js';
import type { Millis } from '../../src/contracts/time.js';
import { chaosStore } from '../../src/testing/chaos-store.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { type Random, seededRandom } from '../../src/testing/seeded-random.js';
import { skewedClock } from '../tiers/skewed-clock.js';

/** What a value in the cache was made from. */
interface Birth {
  readonly key: string;
  /** The version of the source that it was read from. */
  readonly sourceVersion: number;
  /** When its life began, at the latest: it ends this much later, and a window later for good. */
  at: Millis;
}

/** A read under way, and what it must not see any more. */
interface Reading {
  readonly what: string;
  readonly key: string;
  readonly startedAt: Millis;
  readonly oldestAllowed: number;
  readonly mayBeStale: boolean;
}

/** A loader under way; its epoch is known at the end of the moment in which it began. */
interface Load {
  readonly key: string;
  epoch: number | undefined;
}

const keys = ['a', 'b', 'c'] as const;
const tagsOf: Readonly<Record<string, readonly string[]>> = { a: ['red'], b: ['red', 'blue'], c: ['blue'] };
export const ttl = 1_000;
const start = 1_000_000;
/** Two questions of 40 ms, and what was then begun. */
const longestWait = 200;

/**
 * One cache on a virtual clock and a virtual store latency, a source of truth behind it, and a seed that decides what
 * happens in which order. Every call is checked against the invariants when it ends.
 */
export class World {
  readonly problems: string[] = [];
  readonly #random: Random;
  readonly #clock: FakeClock = fakeClock(start);
  readonly #isSkewed: boolean;
  readonly #cache: Cache;
  readonly #window: Millis;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #births = new Map<string, Birth>();
  /** The version that the source has now, and the one below which no read may see that starts now. */
  readonly #source = new Map<string, number>();
  readonly #oldestAllowed = new Map<string, number>();
  readonly #loads = new Set<Load>();
  /** Rises when a write of the key begins or ends: two loads of one key may then run at once. */
  readonly #epochs = new Map<string, number>();
  #epochsBefore: ReadonlyMap<string, number> = new Map();
  readonly trace: string[] = [];
  #nextValue = 0;

  /** `skew`: by how much the process's clock is ahead of that of the store, and of the source. */
  constructor(seed: number, skew?: Millis) {
    this.#random = seededRandom(seed);
    this.#isSkewed = skew !== undefined;
    const right = skew === undefined ? {} : { clock: this.#clock };
    const tier = this.#pick(['memory', 'both', 'both', 'store']);
    this.#window = this.#chance(0.5) ? 500 : 0;
    const window = `${this.#window}ms` as const;
    const chaos = { random: this.#random, clock: this.#clock };
    // Slow on the way there, and with the answer.
    const store = chaosStore(
      slowToAnswer(memoryMapStore(right), (millis) => this.#sleep(millis), this.#random),
      {
        ...chaos,
        delay: [1, 40],
      },
    );
    this.#cache = createCache({
      clock: skew === undefined ? this.#clock : skewedClock(this.#clock, skew),
      storeTime: skew !== undefined,
      random: this.#random,
      ttl: `${ttl}ms`,
      ...(tier === 'memory' ? {} : { store }),
      ...(tier === 'store' ? { memory: false } : {}),
      ...(this.#chance(0.3) ? { refreshAhead: this.#pick([0.5, 'auto'] as const) } : {}),
      ...(this.#chance(0.3) ? { loaderTimeout: { soft: '30ms', hard: '80ms' } } : {}),
      staleWhileRevalidate: this.#chance(0.5) ? window : '0s',
      staleIfError: window,
    });
    this.trace.push(`tier ${tier}, window ${this.#window}`);
  }

  /** Makes calls and lets time pass, until everything that was begun has settled. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.#act();
      if (this.#chance(0.5)) await this.#pass(this.#pick([0, 1, 5, 20, 60, 400]));
    }
    await this.#settle('calls');
    this.#watch(this.#cache.close());
    await this.#settle('close()');
  }

  async #settle(what: string): Promise<void> {
    for (let waits = 0; this.#pending.size > 0 && waits < 50; waits++) await this.#pass(100);
    if (this.#pending.size > 0) this.#complain(`${what}: ${this.#pending.size} promises never settled`);
  }

  #act(): void {
    const key = this.#pick(keys);
    const kind = this.#random();
    if (kind < 0.15) this.#read('get', key, false, () => this.#cache.get<string>(key));
    else if (kind < 0.6) this.#load(key);
    else if (kind < 0.65) this.#loadMany();
    else if (kind < 0.72)
      this.#write('set', [key], () => this.#cache.set(key, this.#bear(key), { tags: tagsOf[key] ?? [] }));
    else if (kind < 0.82) this.#write('delete', [key], () => this.#cache.delete(key));
    else if (kind < 0.85) this.#write('update', [key], () => this.#cache.update(key, () => this.#bear(key)), false);
    else if (kind < 0.88) this.#writeThrough(key);
    else if (kind < 0.95) this.#invalidate(this.#pick(['red', 'blue']));
    else this.#write('clear', keys, () => this.#cache.clear());
  }

  #load(key: string): void {
    const forceFresh = this.#chance(0.1);
    if (forceFresh) this.#step([key]);
    const tags = tagsOf[key] ?? [];
    // Some loads name what they depend on only as they go.
    const isNamedLate = this.#chance(0.3);
    const options = isNamedLate ? { forceFresh } : { tags, forceFresh };
    const isStaleAllowed = this.#window > 0 && !forceFresh;
    this.#read(forceFresh ? 'forced' : 'getOrSet', key, isStaleAllowed, () =>
      this.#cache.getOrSet<string>(
        key,
        ({ notModified, setTags, stale, signal }) => {
          if (isNamedLate) setTags(tags);
          return this.#loader(key, signal, stale, notModified);
        },
        options,
      ),
    );
  }

  #loadMany(): void {
    const readings = keys.map((key) => this.#begin('getOrSetMany', key, this.#window > 0));
    const call = this.#cache.getOrSetMany<string>(
      keys,
      async (asked) => {
        const values = new Map<string, string>();
        for (const key of asked) values.set(key, this.#bear(key));
        await this.#sleep(this.#random() * 50);
        if (this.#chance(0.2)) throw new Error('source is down');
        for (const value of values.values()) this.#renew(value);
        return values;
      },
      { entryOptions: (key) => ({ tags: tagsOf[key] ?? [] }) },
    );
    this.#watch(
      call.then((values) => {
        for (const reading of readings) this.#check(reading, values.get(reading.key));
      }),
    );
  }

  /** Reads the source at the start of a load that takes a while and may fail: what is worst for the cache. */
  async #loader(
    key: string,
    signal: AbortSignal,
    stale: { readonly value: unknown } | undefined,
    notModified: () => unknown,
  ): Promise<string> {
    const load: Load = { key, epoch: undefined };
    this.#loads.add(load);
    const end = () => this.#loads.delete(load);
    this.trace.push(`${this.#clock.now()} load of ${key} begins in its epoch ${this.#epochOf(key)}`);
    // A load that was given up is over for the cache, whether or not its loader listens.
    signal.addEventListener('abort', end);
    try {
      const version = this.#source.get(key) ?? 0;
      const fate = this.#random();
      const value = this.#bear(key);
      await this.#sleep(this.#random() * 120);
      if (fate < 0.25) throw new Error('source is down');
      if (fate < 0.35 && stale !== undefined && this.#births.get(stale.value as string)?.sourceVersion === version) {
        this.#renew(stale.value as string);
        return notModified() as string;
      }
      this.#renew(value);
      return value;
    } finally {
      end();
    }
  }

  /** Two loads of one key may not run in one epoch. What began within a moment in which a write did, may be in either. */
  #checkLoads(): void {
    for (const load of this.#loads) {
      if (load.epoch !== undefined) continue;
      const epoch = this.#epochOf(load.key);
      // A write that waits for the first answer of the store's clock begins later than it was called.
      const mayWait = this.#isSkewed && this.#clock.now() < start + longestWait;
      const isCertain = !mayWait && (this.#epochsBefore.get(load.key) ?? 0) === epoch;
      const others = [...this.#loads].filter((other) => other.key === load.key && other.epoch === epoch);
      if (isCertain && others.length > 0) this.#complain(`two loads of ${load.key} at once, at ${this.#clock.now()}`);
      load.epoch = isCertain ? epoch : Number.NaN;
    }
    this.#epochsBefore = new Map(this.#epochs);
  }

  #writeThrough(key: string): void {
    this.#write('writeThrough', [key], () => {
      const value = this.#bear(key);
      const persist = async () => {
        await this.#sleep(this.#random() * 50);
        // The write to the cache begins.
        this.#step([key]);
        this.#renew(value);
      };
      return this.#cache.writeThrough(key, value, persist, { tags: tagsOf[key] ?? [] });
    });
  }

  #invalidate(tag: string): void {
    const marked = keys.filter((key) => tagsOf[key]?.includes(tag));
    // A stale window may outlast an invalidation that only expires.
    const remove = this.#window > 0 || this.#chance(0.5);
    this.#write(`invalidateTags ${tag}`, marked, () => this.#cache.invalidateTags([tag], { remove }));
  }

  /** The source changes, then the cache is told; once that is over, nobody who asks may see what was before. */
  #write(what: string, written: readonly string[], call: () => Promise<unknown>, isCertain = true): void {
    this.trace.push(`${this.#clock.now()} ${what} ${written}`);
    for (const key of written) this.#source.set(key, (this.#source.get(key) ?? 0) + 1);
    const versions = written.map((key) => this.#source.get(key) as number);
    this.#step(written);
    this.#watch(
      call().then(
        () => {
          this.#step(written);
          if (!isCertain) return;
          for (const [at, key] of written.entries()) {
            this.#oldestAllowed.set(key, Math.max(this.#oldestAllowed.get(key) ?? 0, versions[at] as number));
          }
        },
        (error) => {
          this.#step(written);
          throw error;
        },
      ),
    );
  }

  #read(what: string, key: string, mayBeStale: boolean, call: () => Promise<string | undefined>): void {
    const reading = this.#begin(what, key, mayBeStale);
    this.#watch(call().then((value) => this.#check(reading, value)));
  }

  #begin(what: string, key: string, mayBeStale: boolean): Reading {
    const startedAt = this.#clock.now();
    this.trace.push(`${startedAt} ${what} ${key}`);
    return { what, key, startedAt, oldestAllowed: this.#oldestAllowed.get(key) ?? 0, mayBeStale };
  }

  #check({ what, key, startedAt, oldestAllowed, mayBeStale }: Reading, value: string | undefined): void {
    if (value === undefined) return;
    const birth = this.#births.get(value);
    const about = `${what} ${key}, begun at ${startedAt}, at ${this.#clock.now()} got ${value}`;
    this.trace.push(about);
    if (birth === undefined || birth.key !== key) {
      this.#complain(`${about}: nobody put that there`);
      return;
    }
    if (birth.sourceVersion < oldestAllowed) {
      this.#complain(`${about}: version ${birth.sourceVersion}, after ${oldestAllowed} was there for all to see`);
    }
    // A set that waits for the first answer of the store's clock begins later than it was called, and lives from then.
    const waited = this.#isSkewed && birth.at < start + longestWait ? longestWait : 0;
    const end = birth.at + waited + ttl + (mayBeStale ? this.#window : 0);
    if (startedAt >= end) this.#complain(`${about}: its life ended at ${end}`);
  }

  /** A value that nobody else has, made from what the source holds now. */
  #bear(key: string): string {
    const value = `${key}#${this.#nextValue++}`;
    this.#births.set(value, { key, sourceVersion: this.#source.get(key) ?? 0, at: this.#clock.now() });
    return value;
  }

  #renew(value: string): void {
    const birth = this.#births.get(value);
    if (birth !== undefined) birth.at = this.#clock.now();
  }

  #watch(call: Promise<unknown>): void {
    const settled: Promise<unknown> = call
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        if (!/source is down|did not answer within/.test(message)) this.#complain(`unexpected: ${message}`);
      })
      .finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }

  #step(written: readonly string[]): void {
    for (const key of written) this.#epochs.set(key, this.#epochOf(key) + 1);
  }

  #epochOf(key: string): number {
    return this.#epochs.get(key) ?? 0;
  }

  #sleep(millis: Millis): Promise<void> {
    return new Promise((resolve) => this.#clock.schedule(resolve, millis));
  }

  /** Time goes on by steps, and what follows from each has its turn before the next. */
  async #pass(millis: Millis): Promise<void> {
    for (let left = millis; left >= 0; left -= 10) {
      this.#clock.advance(Math.min(10, Math.max(0, left)));
      await new Promise(setImmediate);
      this.#checkLoads();
      if (left === 0) return;
    }
  }

  #complain(problem: string): void {
    this.problems.push(problem);
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }
}

function slowToAnswer(store: Store, sleep: (millis: Millis) => Promise<void>, random: Random): Store {
  const late = async <Answer>(call: Promise<Answer>): Promise<Answer> => {
    const answer = await call;
    await sleep(random() * 40);
    return answer;
  };
  return {
    ...store,
    get: (keys, call) => late(store.get(keys, call)),
    set: (writes, call) => late(store.set(writes, call)),
    delete: (keys, call) => late(store.delete(keys, call)),
    modify: (key, change, call) => late(store.modify(key, change, call)),
  };
}
