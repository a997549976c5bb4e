import type { Store, StoreCall } from '../contracts/store.js';
import type { Clock } from '../contracts/time.js';
import { StoreError } from '../errors.js';
import type { Random } from './seeded-random.js';

export interface ChaosOptions {
  /** Decides every failure and delay: the same seed and calls give the same chaos. */
  readonly random: Random;
  /** Waits for the delays. */
  readonly clock: Clock;
  /** The share of calls that fail, from 0 to 1. Half of them fail before the store is reached, half after. Default: 0. */
  readonly errorRate?: number;
  /** How long a call takes at least and at most, in milliseconds. Default: no time at all. */
  readonly delay?: readonly [shortest: number, longest: number];
  /** Calls that never settle, as on a connection that is lost without a word: their share, from 0 to 1. Default: 0. */
  readonly hangRate?: number;
}

export interface ChaosStore extends Store {
  /** Changes the weather: `{ errorRate: 1 }` is an outage, `{ errorRate: 0 }` its end. */
  become(changes: Partial<Pick<ChaosOptions, 'errorRate' | 'delay' | 'hangRate'>>): void;
  /** How many calls were let through, failed before they took effect, failed after it, and never settled. */
  readonly counts: Readonly<Record<'passed' | 'failedBefore' | 'failedAfter' | 'hung', number>>;
}

type Fate = keyof ChaosStore['counts'];

/** A store that fails and dawdles: before the call took effect, or after it, when the caller cannot know. */
export function chaosStore(store: Store, options: ChaosOptions): ChaosStore {
  const { random, clock } = options;
  const time = store.time?.bind(store);
  let weather = { errorRate: 0, hangRate: 0, delay: [0, 0] as readonly [number, number], ...options };
  const counts = { passed: 0, failedBefore: 0, failedAfter: 0, hung: 0 };

  // Three numbers for each call, whatever becomes of it: a change of the rates then moves no later decision.
  async function meetChaos<Result>(method: string, call: () => Promise<Result>): Promise<Result> {
    const [chance, moment, slowness] = [random(), random(), random()];
    const fate = fateOf(chance, moment, weather);
    counts[fate] += 1;
    const duration = durationOf(slowness, weather.delay);
    // No wait at all without a delay: calls then reach the store in the tick in which they were made.
    if (duration > 0) await new Promise<void>((resolve) => clock.schedule(resolve, duration));
    if (fate === 'hung') return new Promise<never>(() => {});
    if (fate === 'failedBefore') throw chaosError(method, 'before it took effect');
    const result = await call();
    if (fate === 'failedAfter') throw chaosError(method, 'after it took effect');
    return result;
  }

  const { expired, forgetExpired } = store;
  return {
    name: `chaos(${store.name})`,
    capabilities: store.capabilities,
    counts,
    ...(time === undefined ? {} : { time: (call) => meetChaos('time', () => time(call)) }),
    get: (keys, call) => meetChaos('get', () => store.get(keys, call)),
    set: (writes, call) => meetChaos('set', () => store.set(writes, call)),
    delete: (keys, call) => meetChaos('delete', () => store.delete(keys, call)),
    modify: (key, change, call) => meetChaos('modify', () => store.modify(key, change, call)),
    scan: (prefix, page, call) => meetChaos('scan', () => store.scan(prefix, page, call)),
    byIndex: (term, page, call) => meetChaos('byIndex', () => store.byIndex(term, page, call)),
    prune: (limit, call) => meetChaos('prune', () => store.prune(limit, call)),
    ...(expired && {
      expired: (request: Parameters<typeof expired>[0], call: StoreCall) =>
        meetChaos('expired', () => expired.call(store, request, call)),
    }),
    ...(forgetExpired && {
      forgetExpired: (told: Parameters<typeof forgetExpired>[0], call: StoreCall) =>
        meetChaos('forgetExpired', () => forgetExpired.call(store, told, call)),
    }),
    close: () => store.close(),
    become(changes) {
      weather = { ...weather, ...changes };
    },
  };
}

function fateOf(
  chance: number,
  moment: number,
  { hangRate, errorRate }: { hangRate: number; errorRate: number },
): Fate {
  if (chance < hangRate) return 'hung';
  if (chance < hangRate + errorRate) return moment < 0.5 ? 'failedBefore' : 'failedAfter';
  return 'passed';
}

function durationOf(slowness: number, [shortest, longest]: readonly [number, number]): number {
  return shortest + slowness * (longest - shortest);
}

function chaosError(method: string, moment: string): StoreError {
  return new StoreError('chaos', `The chaos store failed ${method} ${moment}.`);
}
