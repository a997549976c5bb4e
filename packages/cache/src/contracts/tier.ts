import type { Entry, EntryDetails, Version } from './entry.js';
import type { RecoveryCounts, RecoveryLoss, TierName } from './events.js';
import type { LoadLease, LoadLeases } from './lease.js';
import type { WriteResult } from './store.js';
import type { Millis } from './time.js';

/** A value that was checked on its way in: what the tiers need to know to hold it. */
export interface SurveyedValue {
  /** A copy of the caller's value, or the value itself where it is shared. */
  readonly value: unknown;
  /** JSON alone gives it back as it is. */
  readonly isPlainJson: boolean;
  /** Holds something that cannot be frozen: readers get copies. */
  readonly isMutable: boolean;
  /** Estimated heap bytes. */
  readonly size: number;
}

/**
 * An entry on its way into the tiers. Without a `version` it is a write of this process, whose version follows from
 * `createdAt`, which no other write of this process has (cache/stamps.ts).
 */
export interface EntryWrite {
  readonly survey: SurveyedValue;
  readonly createdAt: Millis;
  readonly freshUntil: Millis;
  readonly staleUntil: Millis;
  /** From then on a hit in memory is looked at more closely, because it may start an early refresh. */
  readonly refreshAt: Millis;
  readonly version: Version | undefined;
  /** Absent where the write names neither tags, nor terms, nor a type. */
  readonly details: EntryDetails | undefined;
  readonly loadMillis: number | undefined;
}

/** The two ends of an entry: until when it is fresh, and until when it is held at all. */
export interface Lifetime {
  readonly freshUntil: Millis;
  readonly staleUntil: Millis;
}

export type EntryCondition = { readonly absent: true } | { readonly version: Version };

/**
 * Decides what stands after an atomic change: another entry, the same with another life, none, or the same. `current`
 * is the live entry: one that is stale or was invalidated counts as absent.
 */
export type EntryChange = (current: Entry | undefined) => EntryDecision;

export type EntryDecision =
  | { readonly kind: 'write'; readonly write: EntryWrite }
  | ({ readonly kind: 'touch'; readonly refreshAt: Millis } & Lifetime)
  | { readonly kind: 'delete' }
  | { readonly kind: 'keep' };

/** An entry, and where it was found. What a reader of the value needs can be had without the whole of the entry. */
export interface Found {
  readonly tier: TierName;
  readonly value: unknown;
  readonly createdAt: Millis;
  readonly freshUntil: Millis;
  readonly entry: Entry;
}

/** What a caller makes of what was found. */
export type TakeFound<T> = (key: string, found: Found | undefined) => T;

/** What a write came to; `dropped` where the store failed and the cache may degrade. */
export type EntryWriteResult = WriteResult | 'dropped';

/** What a caller makes of what a write came to. */
export type TakeWritten<T> = (key: string, write: EntryWrite, result: EntryWriteResult) => T;

/** What a call to a tier came to: a failure is a result, never a throw. */
export type TierResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error };

export interface KeysOfTier {
  readonly keys: readonly string[];
  readonly cursor?: string;
}

/**
 * Where the entries of one namespace are: the memory tier alone, or a store with or without memory before it.
 * Keys are the user's own; joining them with the namespace is the tiers' business.
 */
export interface Tiers {
  /** The value of a fresh entry in memory, at once; `undefined` where there is none. The hot path of every read. */
  getFresh(key: string): unknown;
  /** What `peek` does not find is nowhere, and a write is over at once. */
  readonly isAllInMemory: boolean;
  /** What memory has, fresh or stale, at once and without asking a store. `now` where the caller knows it. */
  peek(key: string, now?: Millis): Found | undefined;
  /** One entry, fresh or stale: at once from memory, or from a store that reads at once. */
  find(key: string): Found | undefined | Promise<Found | undefined>;
  /** As {@link Tiers.find}: `take` makes the answer, in the step in which it comes, so that it costs one promise at most. */
  read<T>(key: string, take: TakeFound<T>): T | Promise<T>;
  get(keys: readonly string[]): Promise<(Found | undefined)[]>;
  /** Writes at once where that is all there is to do; `undefined`, and nothing done, where a write must be awaited. */
  setNow(key: string, write: EntryWrite, now: Millis): WriteResult | undefined;
  set(writes: readonly (readonly [key: string, write: EntryWrite])[]): Promise<EntryWriteResult[]>;
  /** As {@link Tiers.set}, of one: `take` makes the answer, in the step in which the write is over. */
  setAwaited<T>(key: string, write: EntryWrite, take: TakeWritten<T>): Promise<T>;
  /**
   * Stores what was loaded; false where the store has something newer. Waits for the store only while it answers. Where
   * there are leases, what was loaded without one stays in memory: `'overdue'` if somebody else held it for too long,
   * `undefined` if the store could not say.
   */
  fill(
    key: string,
    write: EntryWrite,
    now: Millis,
    lease: LoadLease | 'overdue' | undefined,
  ): Promise<boolean> | undefined;
  /** Absent where no other process can load. */
  readonly leases: LoadLeases | undefined;
  /** One plain write that tells surely whether there was a live entry, which `set` does not ask a store for. */
  setOne(key: string, write: EntryWrite): Promise<EntryWriteResult>;
  /** Writes if the condition holds. Rejects where the store cannot say. */
  setIf(key: string, write: EntryWrite, condition: EntryCondition): Promise<WriteResult>;
  delete(keys: readonly string[]): Promise<boolean[]>;
  /** Resolves with what stands afterwards. Rejects with what `change` throws, and then nothing has changed. */
  modify(key: string, change: EntryChange): Promise<Entry | undefined>;
  /**
   * Invalidates what carries one of `tags` and was created up to `time`, wherever it is: in this process when this
   * returns, in the store when it has resolved.
   */
  invalidateTags(tags: readonly string[], time: Millis, remove: boolean): Promise<void>;
  /** Rises with every invalidation of tags that becomes known here. */
  readonly generation: number;
  /** The last invalidation, known here, that an entry created then with these tags has not outlived. */
  invalidatedAt(createdAt: Millis, tags: readonly string[]): Millis | undefined;
  /** Live keys that were set under this term. */
  keysByTerm(name: string, value: string): Promise<readonly string[]>;
  /** Live keys; with `held`, surely also those of entries that are stale. */
  keys(
    prefix: string,
    page: { readonly cursor?: string | undefined; readonly limit: number; readonly held?: boolean },
  ): Promise<KeysOfTier>;
  /** Removes the entries of this namespace that were created up to `time`. */
  clear(time: Millis): Promise<void>;
  prune(limit: number): Promise<number>;
  /** False from a failure of the store to its next success. */
  readonly isAnswering: boolean;
  /** Guards what is read or loaded against writes that come in between. */
  readonly fence: ReadFence;
}

/** See tiers/write-fence.ts. */
export interface ReadFence {
  begin(key: string): ReadToken;
  /** Nothing of `keys` that was read or loaded before the end of `write` is stored. */
  duringWrite<T>(keys: readonly string[], write: (isAlone: () => boolean) => Promise<T>): Promise<T>;
  /** Nothing that was read or loaded before the end of `write` is stored. */
  duringWideWrite<T>(write: () => Promise<T>): Promise<T>;
}

export interface ReadToken {
  /** No change of the key began or ended since the token was taken: what is loaded since then is of the same state. */
  isUnchanged(): boolean;
  /** And none is under way: what was loaded since then may be stored. */
  isSettled(): boolean;
  /** Nothing at all was written since, nor is being written: what was read since then is the newest. */
  isCurrent(): boolean;
  /** False once a write of the key has begun or ended since the token was taken. */
  isUndisturbed(): boolean;
  end(): void;
}

/** Takes the facts of a store that failed. */
export interface StoreReport {
  storeError(operation: string, error: Error): void;
  writeDropped(operation: string, keys: readonly string[]): void;
  recovered(counts: RecoveryCounts): void;
  recoveryLost(reason: RecoveryLoss, counts: RecoveryCounts): void;
}
