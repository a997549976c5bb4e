import type { Version } from '../contracts/entry.js';
import type { LoadLease, LoadLeaseAnswer, LoadLeases, SeenInStore } from '../contracts/lease.js';
import type { Millis } from '../contracts/time.js';
import type { HeldLease, LeaseOutcome, LeaseWish } from './load-lease-records.js';
import type { NameNews } from './name-news.js';
import type { Recovery } from './recovery.js';
import type { StoreOutcomes } from './store-outcomes.js';
import type { StoreTier } from './store-tier.js';
import { TickBatch } from './tick-batch.js';

export interface StoredLoadLeasesParts {
  readonly store: StoreTier;
  readonly outcomes: StoreOutcomes;
  readonly news: NameNews;
  readonly nextToken: () => Version;
  /** Rises with every invalidation of tags that becomes known. */
  readonly generation: () => number;
  /** Takes what waits for a key to the store first: a lease is about what stands there. */
  readonly settle: Recovery['settle'];
  /** Tells other processes that a key may be loaded by somebody else. */
  readonly released: (key: string) => void;
}

/** The leases of the loads of one namespace, on its store. Those that are asked for in one tick are asked for together. */
export class StoredLoadLeases implements LoadLeases {
  readonly #parts: StoredLoadLeasesParts;
  readonly #batch: TickBatch<LeaseWish, LeaseOutcome>;

  constructor(parts: StoredLoadLeasesParts) {
    const { store } = parts;
    this.#parts = parts;
    // All at once: the loads of one batch go out in one call of its loader only if they begin together.
    const isAnswering = () => store.isAnswering;
    this.#batch = new TickBatch({ isAnswering, askAll: (wishes) => store.takeLeases(wishes), isHalved: false });
  }

  async take(key: string, startedAt: Millis, seen: SeenInStore, isForced: boolean): Promise<LoadLeaseAnswer> {
    const settling = this.#parts.settle(key);
    if (settling !== undefined && !(await settling).ok) return { kind: 'unknown' };
    const wish: LeaseWish = { key, token: this.#parts.nextToken(), startedAt, seen, isForced };
    const outcome = this.#parts.outcomes.orDegrade('lease', await this.#batch.ask(wish), () => undefined);
    if (outcome === undefined) return { kind: 'unknown' };
    return outcome.kind === 'held' ? { kind: 'held', lease: this.#leaseOf(key, outcome.lease) } : outcome;
  }

  wait(key: string, millis: Millis, signal: AbortSignal): Promise<void> {
    return this.#parts.news.wait(key, millis, signal);
  }

  #leaseOf(key: string, held: HeldLease): LoadLease {
    const { store, released, generation } = this.#parts;
    return {
      guard: { version: held.guard, generation: generation() },
      endsWithStoring: held.place !== undefined && held.guard === held.token,
      async extend() {
        const result = await store.extendLease(held);
        return result.ok ? result.value : undefined;
      },
      async release() {
        // A record that cannot be removed ends by itself.
        await store.releaseLease(held);
        released(key);
      },
    };
  }
}
