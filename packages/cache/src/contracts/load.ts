import type { Duration, Millis } from './time.js';

/** What a loader is told, and how it tells more than the value. */
export interface LoaderContext {
  readonly key: string;
  /** Aborts when the cache is closed. */
  readonly signal: AbortSignal;
  /** Overrides the `ttl` of the entry that this load makes. */
  setTtl(ttl: Duration): void;
  /** Overrides the tags of the entry that this load makes. */
  setTags(tags: readonly string[]): void;
  /** The value is answered, and not cached. */
  skip(): void;
}

/** The caller's function that gets the value. `undefined` means there is none. */
export type Loader<T> = (context: LoaderContext) => T | Promise<T>;

/** What a loader came to: facts, which the layers judge. */
export interface Loaded {
  readonly value: unknown;
  /** Taken before the loader ran: what happens to the key during the load is later than the entry. */
  readonly startedAt: Millis;
  readonly millis: number;
  readonly ttl: Millis | undefined;
  readonly tags: readonly string[] | undefined;
  readonly skipped: boolean;
}
