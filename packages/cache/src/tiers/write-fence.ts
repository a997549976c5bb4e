import type { ReadFence, ReadToken } from '../contracts/tier.js';
import { type Doubts, noDoubts } from './doubts.js';
import { FewEntries } from './few-entries.js';

/** To store what was loaded is a `fill`. */
export type WriteKind = 'change' | 'fill';

interface Watched {
  /** Counts beginnings and ends: of all writes, and of those that mean that the source may have changed. */
  writes: number;
  changes: number;
  /** Under way. */
  writers: number;
  changers: number;
  users: number;
}

/**
 * Tells an asynchronous read or load whether the key was written since it began: if so, what it brings is old and must
 * not be stored.
 *
 * The interleaving it is for: (1) a read of `k` leaves for the store, (2) `set(k, new)` fills memory and is on its way,
 * (3) the read comes back with the old value and would put it over the new one. A write counts from its start to its
 * end, because a read that begins and ends inside it may see either value.
 *
 * To store what was loaded is a write for those who read, and none for those who load: it changes nothing at the source.
 */
export class WriteFence implements ReadFence {
  readonly #watched = new FewEntries<Watched>();
  /** Of writes whose keys are not known one by one. */
  generation = 0;
  wideWriters = 0;
  readonly doubts: Pick<Doubts, 'count'>;

  constructor(doubts: Pick<Doubts, 'count'> = noDoubts) {
    this.doubts = doubts;
  }

  begin(key: string): ReadToken {
    return new FenceToken(this, key, this.use(key));
  }

  /** Is no write of the key under way? Then what is read right now, at once, is the newest. */
  isQuiet(key: string): boolean {
    if (this.wideWriters > 0) return false;
    return this.#watched.size === 0 || (this.#watched.get(key)?.writers ?? 0) === 0;
  }

  /** A write that is over at once, or that somebody else made: nothing can come in between. */
  touch(key: string, kind: WriteKind = 'change'): void {
    if (this.#watched.size === 0) return;
    const watched = this.#watched.get(key);
    if (watched === undefined) return;
    watched.writes++;
    if (kind === 'change') watched.changes++;
  }

  /** A write of keys that are not known one by one, over at once. */
  touchAll(): void {
    this.generation++;
  }

  /**
   * Runs a write of `keys` that takes time. `isAlone` tells whether no other write of them began or is under way:
   * only then is what this write brought surely the newest.
   */
  async duringWrite<T>(keys: readonly string[], write: (isAlone: () => boolean) => Promise<T>): Promise<T> {
    const opened = this.open(keys, 'change');
    try {
      return await write(() => opened.isAlone());
    } finally {
      opened.end();
    }
  }

  /** A write of `keys` that has begun, and lasts until its `end`. */
  open(keys: readonly string[], kind: WriteKind): OpenWrite {
    return new OpenWrite(
      this,
      keys,
      keys.map((key) => this.use(key)),
      kind === 'change' ? 1 : 0,
    );
  }

  /** As {@link WriteFence.open}, of a change of one key. */
  openKey(key: string): OpenKey {
    return new OpenKey(this, key, this.use(key));
  }

  /** Runs a write of keys that are not known one by one. */
  async duringWideWrite<T>(write: () => Promise<T>): Promise<T> {
    this.generation++;
    this.wideWriters++;
    try {
      return await write();
    } finally {
      this.generation++;
      this.wideWriters--;
    }
  }

  use(key: string): Watched {
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      watched = { writes: 0, changes: 0, writers: 0, changers: 0, users: 0 };
      this.#watched.set(key, watched);
    }
    watched.users++;
    return watched;
  }

  leave(key: string, watched: Watched): void {
    if (--watched.users === 0) this.#watched.delete(key);
  }
}

class OpenWrite {
  readonly #fence: WriteFence;
  readonly #keys: readonly string[];
  readonly #watched: readonly Watched[];
  readonly #change: 0 | 1;
  readonly #begun: readonly number[];
  readonly #generation: number;

  constructor(fence: WriteFence, keys: readonly string[], watched: readonly Watched[], change: 0 | 1) {
    this.#fence = fence;
    this.#keys = keys;
    this.#watched = watched;
    this.#change = change;
    this.#generation = fence.generation;
    for (const each of watched) {
      each.writes++;
      each.writers++;
      each.changes += change;
      each.changers += change;
    }
    this.#begun = watched.map(({ writes }) => writes);
  }

  isAlone(): boolean {
    if (this.#fence.wideWriters > 0 || this.#fence.generation !== this.#generation) return false;
    return this.#watched.every(({ writers, writes }, at) => writers === 1 && writes === this.#begun[at]);
  }

  end(): void {
    for (let at = 0; at < this.#watched.length; at++) {
      const watched = this.#watched[at] as Watched;
      // Also at the end: a read that began inside the write may have seen what was there before.
      watched.writes++;
      watched.changes += this.#change;
      watched.writers--;
      watched.changers -= this.#change;
      this.#fence.leave(this.#keys[at] as string, watched);
    }
  }
}

/** As {@link OpenWrite}, of one key, whose writer never asks whether it is alone. Most writes are such. */
export class OpenKey {
  readonly #fence: WriteFence;
  readonly #key: string;
  readonly #watched: Watched;

  constructor(fence: WriteFence, key: string, watched: Watched) {
    this.#fence = fence;
    this.#key = key;
    this.#watched = watched;
    watched.writes++;
    watched.writers++;
    watched.changes++;
    watched.changers++;
  }

  end(): void {
    const watched = this.#watched;
    // Also at the end: a read that began inside the write may have seen what was there before.
    watched.writes++;
    watched.changes++;
    watched.writers--;
    watched.changers--;
    this.#fence.leave(this.#key, watched);
  }
}

/** One for each load and each read of a store: a class, because five functions a token cost more than the rest of it. */
class FenceToken implements ReadToken {
  readonly #fence: WriteFence;
  readonly #key: string;
  readonly #watched: Watched;
  readonly #writes: number;
  readonly #changes: number;
  readonly #generation: number;
  readonly #doubts: number;

  constructor(fence: WriteFence, key: string, watched: Watched) {
    this.#fence = fence;
    this.#key = key;
    this.#watched = watched;
    this.#writes = watched.writes;
    this.#changes = watched.changes;
    this.#generation = fence.generation;
    this.#doubts = fence.doubts.count;
  }

  isUnchanged(): boolean {
    return this.#watched.changes === this.#changes && this.#fence.generation === this.#generation;
  }

  isSettled(): boolean {
    return this.isUnchanged() && this.#watched.changers === 0 && this.#fence.wideWriters === 0;
  }

  isUndisturbed(): boolean {
    const fence = this.#fence;
    // What is being read may be older than what was missed; what is being loaded is not from the store.
    if (fence.doubts.count !== this.#doubts) return false;
    return this.#watched.writes === this.#writes && fence.generation === this.#generation;
  }

  isCurrent(): boolean {
    return this.isUndisturbed() && this.#watched.writers === 0 && this.#fence.wideWriters === 0;
  }

  end(): void {
    this.#fence.leave(this.#key, this.#watched);
  }
}
