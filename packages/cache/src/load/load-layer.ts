import type { EntryDetails } from '../contracts/entry.js';
import type { TierName } from '../contracts/events.js';
import type { Loaded, Loader } from '../contracts/load.js';
import type { Tiers } from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import type { SharingMode } from '../tiers/value-sharing.js';

/** One call of `getOrSet` that found nothing fresh in memory. */
export interface LoadRequest {
  readonly key: string;
  readonly loader: Loader<unknown>;
  readonly ttl: Millis;
  readonly details: EntryDetails | undefined;
}

/** What a request came to. Facts only: the outermost layer reports them. */
export interface LoadOutcome {
  readonly value: unknown;
  readonly from: TierName | 'loader';
  /** The value is cached and cannot be frozen: each caller needs a copy. */
  readonly isMutable: boolean;
  /** Present if this very request ran the loader, absent for those that shared its result. */
  readonly loaded?: Loaded;
}

export type LoadFn = (request: LoadRequest) => Promise<LoadOutcome>;

/** What the layers may use. */
export interface LoadKit {
  readonly tiers: Tiers;
  readonly sharing: SharingMode;
  readonly clock: Clock;
  readonly nextStamp: () => Millis;
  /** Aborts when the cache closes. */
  readonly closing: AbortSignal;
  readonly report: {
    hit(key: string, tier: TierName): void;
    miss(key: string): void;
    load(key: string, millis: number): void;
    loadError(key: string, error: unknown): void;
  };
}

export type LoadLayer = (next: LoadFn, kit: LoadKit) => LoadFn;
