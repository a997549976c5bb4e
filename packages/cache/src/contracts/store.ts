import type { BusTransport } from './bus.js';
import type { IndexTerms, Version } from './entry.js';
import type { Millis } from './time.js';

/** What a store keeps for one key: an opaque envelope, its end, and the version of the write. */
export interface StoredEntry {
  /** One wire envelope (spec/envelope.md). The store neither reads nor changes it. */
  readonly bytes: Uint8Array;
  /** When the store must stop answering with it. Absolute, so that a delayed write cannot lengthen a life. */
  readonly expiresAt: Millis;
  readonly version: Version;
}

/** Write only if the key has no live entry, or only if its live entry has this version. */
export type WriteCondition = { readonly absent: true } | { readonly version: Version };

/** One write, with what the store must index it under. Replaces the terms of an earlier write of the key. */
export interface StoreWrite extends StoredEntry {
  readonly key: string;
  readonly indexes: IndexTerms;
  readonly condition?: WriteCondition;
  /**
   * The end of the entry is to be told: `expired` answers with this text, once the entry has reached it. Only for stores
   * with `tellsExpiry`. Where the notes of a key matter, each of its writes has one.
   */
  readonly expiryNote?: string;
}

/** An entry that reached its end, and was not written or deleted before. */
export interface ExpiredEntry {
  readonly key: string;
  readonly expiresAt: Millis;
  readonly note: string;
}

export interface ExpiredPage {
  readonly expired: readonly ExpiredEntry[];
  readonly cursor?: string;
}

/** `condition-failed` is an answer, not an error: the store was reached and said no. */
export type WriteResult = 'created' | 'replaced' | 'condition-failed';

/** What a back end says of its own clock. */
export interface StoreTime {
  /** What the clock showed at some moment while the call was under way. */
  readonly time: Millis;
  /** How far that may be from what it should have shown: 0 where it tells parts of a millisecond, more where it rounds. */
  readonly error: Millis;
}

/** What becomes of entries before their end, as the back end is set up now. */
export interface Retention {
  /** `unknown` where the back end does not tell this user. */
  readonly kind: 'keeps' | 'evicts' | 'unknown';
  /** What it does when its memory is full, in its own words, such as `allkeys-lru`. */
  readonly policy?: string;
}

/** What travels with every call. */
export interface StoreCall {
  /** The time by which expiry is judged: that of {@link Store.time} where the cache knows it. */
  readonly now: Millis;
  /**
   * Aborted when nobody waits for the answer any more. A store gives up then what it has not sent yet, and waits for
   * nothing; what was sent may still take effect. It need not look: the caller has stopped waiting by itself.
   */
  readonly signal?: AbortSignal;
}

/**
 * A part of a long listing; `cursor` is absent on the last page. A page may be shorter than asked, even empty, and is
 * never longer. A cursor is text that holds all there is to know: any process may go on with it.
 */
export interface KeyPage {
  readonly keys: readonly string[];
  readonly cursor?: string;
}

/** What a store can do and how well: declared data, read by the contract suite and by the tiers. */
export interface StoreCapabilities {
  /** Entries survive the end of the process. */
  readonly persistent: boolean;
  /** Any entry may vanish before its end, to make room for others. */
  readonly evicts?: boolean;
  /** Several processes see the same entries. */
  readonly shared: boolean;
  /** Reads answer at once, without leaving the thread. */
  readonly synchronousReads: boolean;
  /** Conditions on writes and `modify` are atomic across processes. */
  readonly atomicWrites: boolean;
  /** `once`: what lives through a scan is listed once. `repeats`: at least once. */
  readonly scan: 'once' | 'repeats' | false;
  readonly index: boolean;
  /** It has `expired` and `forgetExpired`. */
  readonly tellsExpiry?: boolean;
  /** `exact`: an entry is gone at its deadline. `coarse`: the store rounds to seconds. */
  readonly expiry: 'exact' | 'coarse';
  readonly limits: {
    /** The longest physical key, in bytes of UTF-8. */
    readonly keyBytes: number;
    /** The largest envelope, in bytes. */
    readonly valueBytes: number;
  };
}

/**
 * Decides inside an atomic step what shall stand instead of the live entry: a write, `'delete'`, or `'keep'`.
 * Pure and synchronous: a store without transactions calls it again when another writer came first.
 */
export type StoreChange = (
  current: StoredEntry | undefined,
) => Omit<StoreWrite, 'key' | 'condition'> | 'delete' | 'keep';

/**
 * A back end driver: bytes and absolute deadlines, many keys at a time (one is a batch of one).
 * It judges expiry on every read, rejects with a `StoreError` and never with a client's own error, and holds nothing
 * that is not in {@link StoredEntry} and the index terms.
 *
 * A batch is many calls in one, and no transaction: each write is whole or not there, the whole batch need not be. If
 * it rejects, some of it may have been done. Writes of one key (`set`, `delete`, `modify`) take effect in the order in
 * which they were asked for, also where the first has not answered yet. A read sees the writes that have answered.
 */
export interface Store {
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  /** Tells the other processes that use this store of writes, where the back end can carry that. */
  readonly bus?: BusTransport;
  /**
   * The back end's own time, where it has one clock that all processes can ask. Those that ask agree on what has expired
   * and on what was before what, however wrong their own clocks are. One round trip that changes nothing.
   */
  time?(call: StoreCall): Promise<StoreTime>;
  /**
   * Whether entries may vanish before their end, where that is a setting of the back end (`capabilities.evicts` says it
   * where it is not): as it is set now. Changes nothing.
   */
  retention?(call: StoreCall): Promise<Retention>;
  /** Answers in the order of `keys`; `undefined` where there is no live entry. */
  get(keys: readonly string[], call: StoreCall): Promise<(StoredEntry | undefined)[]>;
  /**
   * The envelope of one live entry at once. Only stores whose reads are synchronous have it, and even they may say
   * `'later'`, while the file is being opened, say: then `get` answers.
   */
  getNow?(key: string, call: StoreCall): Uint8Array | undefined | 'later';
  /** Applies the writes in their order; a later write of the same key wins. Answers in that order. */
  set(writes: readonly StoreWrite[], call: StoreCall): Promise<WriteResult[]>;
  /** Answers in the order of `keys`: was there a live entry? */
  delete(keys: readonly string[], call: StoreCall): Promise<boolean[]>;
  /**
   * One atomic read-change-write. Counters, merges and touches are all changes. Resolves with what stands after it;
   * if `change` throws, rejects with that error and nothing has changed.
   */
  modify(key: string, change: StoreChange, call: StoreCall): Promise<StoredEntry | undefined>;
  /** Live keys that begin with `prefix`, a page at a time; a key that lives through the whole scan is listed. */
  scan(prefix: string, page: { readonly cursor?: string; readonly limit: number }, call: StoreCall): Promise<KeyPage>;
  /** Live keys beginning with `prefix` that were set under the term `name: value`. */
  byIndex(
    term: { readonly prefix: string; readonly name: string; readonly value: string },
    page: { readonly cursor?: string; readonly limit: number },
    call: StoreCall,
  ): Promise<KeyPage>;
  /**
   * Removes at most `limit` expired entries, resolves with their number; 0 means that none is left, or that the back
   * end removes them by itself. Those with an `expiryNote` stay until they are forgotten, or for a day.
   */
  prune(limit: number, call: StoreCall): Promise<number>;
  /**
   * Those written with an `expiryNote` whose keys begin with `prefix` and that have expired, a page at a time, until
   * `forgetExpired`: also where the key was written again after its end. A page may be shorter than asked, even empty.
   */
  expired?(
    request: { readonly prefix: string; readonly cursor?: string; readonly limit: number },
    call: StoreCall,
  ): Promise<ExpiredPage>;
  /** They were told of, and are removed. What was written under their keys since then stays. */
  forgetExpired?(expired: readonly Pick<ExpiredEntry, 'key' | 'expiresAt'>[], call: StoreCall): Promise<void>;
  /** Finishes the writes under way, then lets go of every handle. Idempotent. */
  close(): Promise<void>;
}
