import type { Entry } from '../contracts/entry.js';
import type { EntryWrite, EntryWriteResult, TierResult } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import type { Marker } from '../tags/markers.js';

export type Writes = readonly (readonly [key: string, write: EntryWrite])[];

/** What becomes of the writes of one namespace that do not reach its store. {@link noRecovery} forgets them. */
export interface Recovery {
  /** These did not reach the store. */
  missedSets(writes: Writes, error: Error): void;
  missedDelete(keys: readonly string[], stamp: Millis, error: Error): void;
  missedInvalidation(tags: readonly string[], marker: Marker, error: Error): void;
  /** Answers whether it will be made up for. */
  missedClear(time: Millis, error: Error): boolean;
  /** These did: what waits from before them is old. */
  reachedSets(writes: Writes, results: readonly EntryWriteResult[]): void;
  reachedDelete(keys: readonly string[], stamp: Millis): void;
  reachedClear(time: Millis): void;
  /** Another process has written, or tried to. */
  overtaken(keys: readonly string[], stamp: Millis): void;
  /** Does anything wait that a read would find, or that hides what it finds? */
  readonly holds: boolean;
  /** What waits to be set, not expired or invalidated: newer than what the store has. */
  entry(key: string, now?: Millis): Entry | undefined;
  /** What the store has of this key from up to then is old. */
  hiddenUpTo(key: string): Millis;
  /** The clock that the times of what waits were read from was wrong by so much. */
  shiftTimes(by: Millis): void;
  /** Makes what waits for this key reach the store now; `undefined` where nothing waits. */
  settle(key: string): Promise<TierResult<unknown>> | undefined;
}

/** Where the caller is told instead. */
export const noRecovery: Recovery = Object.freeze({
  missedSets() {},
  missedDelete() {},
  missedInvalidation() {},
  missedClear: () => false,
  reachedSets() {},
  reachedDelete() {},
  reachedClear() {},
  overtaken() {},
  holds: false,
  entry: () => undefined,
  hiddenUpTo: () => 0,
  shiftTimes() {},
  settle: () => undefined,
});
