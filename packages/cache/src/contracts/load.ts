import type { Duration, Millis } from './time.js';

/** What HTTP calls the validators of a representation (RFC 9110, section 8.8): kept with the entry, told to the loader. */
export interface Validators {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** An entry that a loader is to renew. */
export interface StaleValue<T> extends Validators {
  readonly value: T;
}

declare const notModified: unique symbol;

/** The answer of {@link LoaderContext.notModified}. */
export interface NotModified {
  readonly [notModified]: true;
}

/** What a loader is told, and how it tells more than the value. */
export interface LoaderContext<T = unknown> {
  readonly key: string;
  /** Aborts when every caller has left, at the hard timeout, and when the cache is closed. */
  readonly signal: AbortSignal;
  /** What is cached and may still be served, if there is such an entry: for conditional requests. */
  readonly stale: StaleValue<T> | undefined;
  /** Overrides the `ttl` of the entry that this load makes. */
  setTtl(ttl: Duration): void;
  /** Overrides the tags of the entry that this load makes. */
  setTags(tags: readonly string[]): void;
  /** Keeps these with the entry; the next load finds them in `stale`. */
  setValidators(validators: Validators): void;
  /** To be returned instead of a value: the stale value is still right and gets another life. */
  notModified(): NotModified;
  /** The value is answered, and not cached. */
  skip(): void;
}

/**
 * The caller's function that gets the value. `undefined` means there is none. `Stale` is the type of what is cached; it is
 * not `T`, because TypeScript could then not infer `T` from a function that takes the context.
 */
export type Loader<T, Stale = unknown> = (context: LoaderContext<Stale>) => T | NotModified | Promise<T | NotModified>;

/** Gets the values of all `keys` in one go. A key without an entry in the answer has no value; `null` is a value. */
export type ManyLoader<T> = (
  keys: readonly string[],
  context: Pick<LoaderContext, 'signal'>,
) => ReadonlyMap<string, T> | Promise<ReadonlyMap<string, T>>;

/** What a loader came to: facts, which the layers judge. */
export interface Loaded {
  readonly value: unknown;
  /** Taken before the loader ran: what happens to the key during the load is later than the entry. */
  readonly startedAt: Millis;
  readonly endedAt: Millis;
  readonly millis: Millis;
  readonly ttl: Millis | undefined;
  readonly tags: readonly string[] | undefined;
  readonly validators: Validators | undefined;
  /** The loader answered that the stale value still holds, and `value` is that one. */
  readonly notModified: boolean;
  readonly skipped: boolean;
}
