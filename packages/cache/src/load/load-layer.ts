import type { Entry } from '../contracts/entry.js';
import type { LoadReason, StaleReason, TierName } from '../contracts/events.js';
import type { LoadLease } from '../contracts/lease.js';
import type { Loaded, Loader } from '../contracts/load.js';
import type { Found, ReadToken, Tiers } from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import type { ResolvedLeaseOptions } from '../options/lease-options.js';
import type { ResolvedLoadOptions } from '../options/load-options.js';
import type { SharingMode } from '../tiers/value-sharing.js';
import type { Flight } from './flight.js';
import type { LoadBackoff } from './load-backoff.js';
import type { LoadFailure } from './load-failure.js';

/** One call of `getOrSet` that found nothing fresh in memory, as it goes inwards. */
export interface LoadRequest {
  readonly key: string;
  readonly loader: Loader<unknown>;
  readonly options: ResolvedLoadOptions;
  readonly reason: LoadReason;
  /** What a batch read of this key before it came here, and what tells whether that is still so. */
  readonly readAhead: { readonly found: Found | undefined; readonly token: ReadToken } | undefined;
  /** The entry that `lookup` found, stale or, where it is renewed early, fresh. */
  readonly cached: Found | undefined;
  /** The key was written while `lookup` asked: what it found may be served, and not be renewed. */
  readonly isOutdated?: boolean;
  /** The load that this request leads. */
  readonly flight: Flight<LoadOutcome> | undefined;
  /** The right among all processes to load the key, where there are others: see {@link Tiers.fill}. */
  readonly lease?: LoadLease | 'overdue' | undefined;
}

/** What a request came to. Facts only: the outermost layer reports them. */
export interface LoadOutcome {
  readonly value: unknown;
  readonly from: TierName | 'loader';
  /** The value is cached and cannot be frozen: each caller needs a copy. */
  readonly isMutable: boolean;
  /** The cached entry that answers. */
  readonly entry?: Entry;
  readonly stale?: StaleReason;
  /** Why a stale entry had to answer. */
  readonly failure?: LoadFailure;
  /** What the loader said, and the flight in which it did: whoever comes first of those who share it reports it. */
  readonly loaded?: Loaded;
  readonly flight?: Flight<LoadOutcome> | undefined;
  /** Until when what was loaded is fresh, if it was stored. */
  readonly freshUntil?: Millis;
  /** Present if the value was not stored, because something newer happened: when its tags were invalidated, if they were. */
  readonly overtakenAt?: Millis;
}

export type LoadFn = (request: LoadRequest) => Promise<LoadOutcome>;

/** Loads that nobody waits for (load/refreshes.ts). */
export interface BackgroundLoads {
  /** Renews an entry, unless that is under way. */
  start(load: LoadFn, request: LoadRequest, reason: 'stale' | 'early'): void;
  /** Takes on a load whose caller was answered otherwise. */
  follow(request: LoadRequest, load: Promise<LoadOutcome>): void;
}

/** What the layers may use. */
export interface LoadKit {
  readonly tiers: Tiers;
  readonly sharing: SharingMode;
  readonly clock: Clock;
  readonly random: () => number;
  /** A stamp that belongs to this time. */
  readonly stampAt: (now: Millis) => Millis;
  readonly lease: ResolvedLeaseOptions;
  /** Takes on work that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
  /** Aborts when the cache closes. */
  readonly closing: AbortSignal;
  readonly refreshes: BackgroundLoads;
  readonly backoff: LoadBackoff;
  readonly report: LoadReport;
}

/** Takes the facts of a load. */
export interface LoadReport {
  hit(key: string, tier: TierName, entry: Pick<Entry, 'createdAt'>, state: 'fresh' | 'stale'): void;
  miss(key: string): void;
  load(key: string, reason: LoadReason, millis: Millis, freshUntil: Millis | undefined): void;
  loadError(key: string, reason: LoadReason, millis: Millis, error: unknown): void;
  loadOvertaken(key: string): void;
  staleServed(key: string, reason: StaleReason): void;
  refresh(key: string, reason: 'stale' | 'early'): void;
}

/** A layer that has nothing to do with this kit answers `next` itself, and then costs nothing. */
export type LoadLayer = (next: LoadFn, kit: LoadKit) => LoadFn;
