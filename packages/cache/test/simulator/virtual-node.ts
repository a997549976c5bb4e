import { createCache } from '../../src/cache/create-cache.js';
import type { BusTransport } from '../../src/contracts/bus.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { LoaderContext } from '../../src/contracts/load.js';
import type { Store } from '../../src/contracts/store.js';
import type { Millis } from '../../src/contracts/time.js';
import { LarderError } from '../../src/errors.js';
import type { Random } from '../../src/testing/seeded-random.js';
import type { CallName, CallRecord, LoadRecord, Seen } from '../history/history.js';
import type { LockHold } from './checker.js';
import { options, slowestLoad } from './promised.js';
import type { ProcessClock, VirtualTime } from './virtual-time.js';

export interface VirtualNodeParts {
  readonly name: string;
  readonly time: VirtualTime;
  readonly clock: ProcessClock;
  readonly random: Random;
  readonly store: Store;
  readonly bus: BusTransport;
  readonly hasMemory: boolean;
  readonly onStoreError: 'degrade' | 'throw';
  readonly records: {
    readonly calls: CallRecord[];
    readonly loads: LoadRecord[];
    /** Those that nobody forced and nobody gave up: of a key, one at a time. */
    readonly leasedLoads: LoadRecord[];
    readonly locks: LockHold[];
    readonly crashes: string[];
  };
}

interface Call {
  readonly call: CallName;
  readonly keys: readonly string[];
  readonly start: Millis;
  readonly number?: number;
  wasFailing: boolean;
}

/** What a call may come to besides an answer, and none of it the fault of the cache. */
class SourceIsDown extends Error {}
class CallerHasLeft extends Error {}

/** One process, which makes calls and writes down what they came to. Its source of truth is virtual time. */
export class VirtualNode {
  readonly name: string;
  isAlive = true;
  readonly trace: (readonly [Millis, string])[] = [];
  readonly #parts: VirtualNodeParts;
  readonly #cache: Cache;
  readonly #counters: Cache<number>;
  readonly #underWay = new Set<Call>();
  #values = 0;

  constructor(parts: VirtualNodeParts) {
    this.name = parts.name;
    this.#parts = parts;
    const { clock, random, store, bus, onStoreError, hasMemory } = parts;
    this.#cache = createCache({
      clock,
      storeTime: true,
      random,
      store,
      bus,
      onStoreError,
      ...(hasMemory ? { memory: { maxEntries: 100 } } : { memory: false as const }),
      ttl: '60s',
      storeTimeout: `${options.storeTimeout}ms`,
      circuitBreaker: { failures: options.breakerFailures, pause: `${options.breakerPause}ms` },
      lease: { life: `${options.leaseLife}ms`, wait: `${options.leaseWait}ms` },
    });
    this.#counters = this.#cache.namespace('counters');
    const failed = () => {
      for (const call of this.#underWay) call.wasFailing = true;
    };
    this.#cache.on('write-dropped', failed);
    this.#cache.on('store-error', failed);
    this.#cache.on('memory-doubted', ({ reason }) => this.#note(`doubts: ${reason}`));
    this.#cache.on('bus', ({ state }) => this.#note(`bus: ${state}`));
    this.#cache.on('circuit', ({ state }) => this.#note(`circuit: ${state}`));
  }

  get(key: string): Promise<void> {
    return this.#call('get', [key], async () => seenIn(await this.#cache.get<Seen>(key)));
  }

  getOrSet(key: string): Promise<void> {
    const { random } = this.#parts;
    const isShort = key.startsWith('r');
    const controller = new AbortController();
    const fate = random();
    const mayHang = fate < 0.05;
    const forceFresh = random() < 0.1;
    const given = {
      tags: tagsOf(key),
      ...(isShort ? ({ ttl: '1s', staleWhileRevalidate: '1s', staleIfError: '1s', refreshAhead: 0.5 } as const) : {}),
      ...(mayHang || random() < 0.5 ? { loaderTimeout: { hard: `${options.loaderTimeout}ms` } as const } : {}),
      forceFresh,
      signal: controller.signal,
    };
    if (random() < 0.1) {
      this.#parts.time.schedule(() => controller.abort(new CallerHasLeft()), random() * slowestLoad);
    }
    const loader = (context: LoaderContext) => this.#load(key, context, mayHang, forceFresh);
    return this.#call('getOrSet', [key], async () => seenIn(await this.#cache.getOrSet<Seen>(key, loader, given)));
  }

  set(key: string): Promise<void> {
    const value = this.#bear(key, 'set');
    const write = async () => {
      await this.#cache.set(key, value, writeOptionsOf(key));
      return {};
    };
    return this.#call('set', [key], write, value.number);
  }

  writeThrough(key: string): Promise<void> {
    const value = this.#bear(key, 'set');
    const persist = () => this.#parts.time.sleep(this.#parts.random() * 200);
    const write = async () => {
      await this.#cache.writeThrough(key, value, persist, writeOptionsOf(key));
      return {};
    };
    return this.#call('set', [key], write, value.number);
  }

  delete(key: string): Promise<void> {
    return this.#call('delete', [key], async () => {
      await this.#cache.delete(key);
      return {};
    });
  }

  invalidateTag(): Promise<void> {
    return this.#call('invalidateTags', ['tag'], async () => {
      await this.#cache.invalidateTags(['tag'], { remove: this.#parts.random() < 0.5 });
      return {};
    });
  }

  clear(): Promise<void> {
    return this.#call('clear', [], async () => {
      await this.#cache.clear();
      return {};
    });
  }

  increment(key: string): Promise<void> {
    return this.#call('increment', [key], async () => ({
      sum: await this.#counters.increment(key, 1, { ttl: 'never' }),
    }));
  }

  lock(name: string, millis: Millis): Promise<void> {
    const { time, records } = this.#parts;
    const given = { ttl: `${options.lockTtl}ms`, wait: `${options.lockWait}ms` } as const;
    return this.#call('lock', [name], async () => {
      let fencingToken: number | undefined;
      try {
        await this.#cache.lock(name, given, async (lock) => {
          fencingToken = lock.fencingToken;
          const hold: LockHold = { by: this.name, name, fencingToken, from: time.now, until: undefined };
          records.locks.push(hold);
          const over = () => {
            hold.until ??= time.now;
          };
          lock.signal.addEventListener('abort', over);
          await time.sleep(millis);
          over();
        });
      } catch (error) {
        if (fencingToken === undefined) throw error;
      }
      return fencingToken === undefined ? {} : { fencingToken };
    });
  }

  async sum(key: string): Promise<number | undefined> {
    return this.#counters.get(key).catch(() => undefined);
  }

  close(): Promise<void> {
    return this.#cache.close();
  }

  kill(): void {
    this.isAlive = false;
    this.#parts.clock.isStopped = true;
    this.#underWay.clear();
  }

  unsettled(): CallRecord[] {
    const end = this.#parts.time.now;
    return [...this.#underWay].map(({ call, keys, start }) => ({
      call,
      by: this.name,
      start,
      end,
      keys,
      outcome: 'hung',
    }));
  }

  get timers(): number {
    return this.#parts.clock.pending;
  }

  /** The tick of the bus, and what memory expires next. */
  get timersTooMany(): number {
    return Math.max(0, this.timers - (this.#parts.hasMemory ? 2 : 1));
  }

  /** Reads its source at the very start: what is worst for a cache. */
  async #load(key: string, { signal }: LoaderContext, mayHang: boolean, isForced: boolean): Promise<Seen> {
    const { time, random, records } = this.#parts;
    const value = this.#bear(key, 'loaded');
    const isSlow = random() < 0.2;
    if (mayHang && random() < 0.7) return new Promise(() => {});
    await time.sleep(random() * (isSlow ? slowestLoad : 100));
    // A dead process loads nothing.
    if (!this.isAlive) return new Promise(() => {});
    if (random() < 0.1) throw new SourceIsDown();
    const load = { by: this.name, key, number: value.number, at: value.at, end: time.now };
    records.loads.push(load);
    if (!isForced && !signal.aborted) records.leasedLoads.push(load);
    if (signal.aborted && random() < 0.5) throw signal.reason;
    return value;
  }

  #bear(key: string, origin: Seen['origin']): Seen {
    return { key, by: this.name, number: this.#values++, origin, at: this.#parts.time.now };
  }

  async #call(
    call: CallName,
    keys: readonly string[],
    work: () => Promise<Partial<CallRecord>>,
    number?: number,
  ): Promise<void> {
    const { time, records } = this.#parts;
    const start = time.now;
    const underWay: Call = { call, keys, start, wasFailing: false, ...(number === undefined ? {} : { number }) };
    this.#underWay.add(underWay);
    const given = { call, by: this.name, start, keys, ...(number === undefined ? {} : { number }) };
    try {
      const result = await work();
      if (!this.#underWay.delete(underWay)) return;
      records.calls.push({ ...given, end: time.now, outcome: underWay.wasFailing ? 'unsure' : 'done', ...result });
    } catch (error) {
      if (!this.#underWay.delete(underWay)) return;
      records.calls.push({ ...given, end: time.now, outcome: 'unsure', code: codeOf(error) });
      if (!isExpected(error)) records.crashes.push(`${this.name} ${call} ${keys}: ${String(error)}`);
    }
  }

  #note(text: string): void {
    this.trace.push([this.#parts.time.now, `${this.name} ${text}`]);
  }
}

function seenIn(value: Seen | undefined): Partial<CallRecord> {
  return value === undefined ? {} : { seen: [value] };
}

function tagsOf(key: string): string[] {
  return key.startsWith('t') ? ['tag'] : [];
}

function writeOptionsOf(key: string) {
  return { tags: tagsOf(key), ...(key.startsWith('r') ? ({ ttl: '1s' } as const) : {}) };
}

function codeOf(error: unknown): string {
  return error instanceof LarderError ? error.code : error instanceof Error ? error.constructor.name : String(error);
}

const expected = [
  'SourceIsDown',
  'CallerHasLeft',
  'LARDER_STORE_FAILED',
  'LARDER_STORE_TIMEOUT',
  'LARDER_STORE_UNAVAILABLE',
  'LARDER_LOADER_TIMEOUT',
  'LARDER_LOCK_NOT_ACQUIRED',
  'LARDER_LOCK_LOST',
];

function isExpected(error: unknown): boolean {
  return expected.includes(codeOf(error));
}
