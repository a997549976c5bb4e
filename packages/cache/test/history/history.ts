/** Milliseconds on the machine's monotonic clock, which is one for all processes. */
export type Instant = number;

/**
 * What a value says of itself, so that whoever reads it knows its origin. The source of truth is the clock: a load that
 * reads it at the instant t gets the version t, as if the source changed all the time.
 */
export interface Seen {
  readonly key: string;
  /** The process that loaded it, or set it. */
  readonly by: string;
  /** Which of that process's values it is. */
  readonly number: number;
  readonly origin: 'loaded' | 'set';
  /** When the source was read; when `set` was called. */
  readonly at: Instant;
  /** The entry's version, where `getEntry` told it. */
  readonly version?: string;
}

export type CallName =
  | 'get'
  | 'getEntry'
  | 'getMany'
  | 'getOrSet'
  | 'set'
  | 'delete'
  | 'invalidateTags'
  | 'clear'
  | 'increment'
  | 'lock';

/**
 * `done`: answered, and nothing was dropped. `unsure`: answered or rejected while the store failed, so that it may have
 * happened, or may yet. `hung`: never answered.
 */
export type Outcome = 'done' | 'unsure' | 'hung';

export interface CallRecord {
  readonly call: CallName;
  readonly by: string;
  readonly start: Instant;
  readonly end: Instant;
  /** Tags for `invalidateTags`, nothing for `clear`, a name for `lock`. */
  readonly keys: readonly string[];
  readonly outcome: Outcome;
  /** The code of the error that it rejected with. */
  readonly code?: string;
  /** What was read, in any order. A miss is not in it. */
  readonly seen?: readonly Seen[];
  /** The number of the value that `set` wrote. */
  readonly number?: number;
  /** What `increment` answered. */
  readonly sum?: number;
  /** Which fencing token `lock` gave. */
  readonly fencingToken?: number;
}

/** A run of a loader. `at`: when it read the source, right after its start. */
export interface LoadRecord {
  readonly by: string;
  readonly key: string;
  readonly number: number;
  readonly at: Instant;
  readonly end: Instant;
}

export interface FaultRecord {
  readonly kind: string;
  readonly start: Instant;
  readonly end: Instant;
  /** When Redis lost all it had. */
  readonly emptied?: { readonly from: Instant; readonly until: Instant };
}

/** A process did not run for so long, because the machine was busy or somebody had stopped it. */
export interface StallRecord {
  readonly by: string;
  readonly from: Instant;
  readonly until: Instant;
}

/** What a history is held to, in milliseconds. */
export interface Promised {
  /** From the end of an acknowledged change until nobody reads anything older, while nothing is disturbed. */
  readonly calm: number;
  /** From the end of a fault until the promises of calm times hold again. */
  readonly heal: number;
  /** How long after it was loaded, or set, a value may be answered with at most. */
  readonly lifeOf: (key: string) => number;
  /** The tag that entries of this key carry. */
  readonly tagOf: (key: string) => string | undefined;
  /** The longest that a call may take. */
  readonly limitOf: (call: CallName) => number;
}

/** What happened in a part of a campaign that has its own keys. */
export interface History {
  readonly promised: Promised;
  readonly calls: readonly CallRecord[];
  readonly loads: readonly LoadRecord[];
  readonly faults: readonly FaultRecord[];
  readonly stalls: readonly StallRecord[];
  /** Errors that nobody handled, processes that ended by themselves. */
  readonly crashes: readonly string[];
  /** Processes that were killed: what they did last is not in the history. */
  readonly killed: ReadonlyMap<string, Instant>;
  /** Processes without memory: what they read came from the store. */
  readonly withoutMemory: ReadonlySet<string>;
  /** What each counter held in the end; `undefined` if it was not there. */
  readonly sums: ReadonlyMap<string, number | undefined>;
}

export const emptyHistory: Omit<History, 'promised'> = {
  calls: [],
  loads: [],
  faults: [],
  stalls: [],
  crashes: [],
  killed: new Map(),
  withoutMemory: new Set(),
  sums: new Map(),
};
