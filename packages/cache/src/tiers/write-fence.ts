import type { ReadFence, ReadToken } from '../contracts/tier.js';
import { FewEntries } from './few-entries.js';

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

  begin(key: string): ReadToken {
    return new FenceToken(this, key, this.use(key));
  }

  /** Is no write of the key under way? Then what is read right now, at once, is the newest. */
  isQuiet(key: string): boolean {
    if (this.wideWriters > 0) return false;
    return this.#watched.size === 0 || (this.#watched.get(key)?.writers ?? 0) === 0;
  }

  /** A write that is over at once: nothing can come in between. */
  touch(key: string): void {
    if (this.#watched.size === 0) return;
    const watched = this.#watched.get(key);
    if (watched === undefined) return;
    watched.writes++;
    watched.changes++;
  }

  /**
   * Runs a write of `keys` that takes time. `isAlone` tells whether no other write of them began or is under way:
   * only then is what this write brought surely the newest.
   */
  duringWrite<T>(keys: readonly string[], write: (isAlone: () => boolean) => Promise<T>): Promise<T> {
    return this.#during(keys, 1, write);
  }

  /** Runs the write of what was loaded. */
  duringFill<T>(key: string, write: () => Promise<T>): Promise<T> {
    return this.#during([key], 0, write);
  }

  async #during<T>(keys: readonly string[], change: 0 | 1, write: (isAlone: () => boolean) => Promise<T>): Promise<T> {
    const all = keys.map((key) => this.use(key));
    for (const watched of all) {
      watched.writes++;
      watched.writers++;
      watched.changes += change;
      watched.changers += change;
    }
    const begun = all.map((watched) => watched.writes);
    const wideGeneration = this.generation;
    const isAlone = () =>
      this.wideWriters === 0 &&
      this.generation === wideGeneration &&
      all.every((watched, at) => watched.writers === 1 && watched.writes === begun[at]);
    try {
      return await write(isAlone);
    } finally {
      for (const [at, watched] of all.entries()) {
        // Also at the end: a read that began inside the write may have seen what was there before.
        watched.writes++;
        watched.changes += change;
        watched.writers--;
        watched.changers -= change;
        this.leave(keys[at] as string, watched);
      }
    }
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

/** One for each load and each read of a store: a class, because five functions a token cost more than the rest of it. */
class FenceToken implements ReadToken {
  readonly #fence: WriteFence;
  readonly #key: string;
  readonly #watched: Watched;
  readonly #writes: number;
  readonly #changes: number;
  readonly #generation: number;

  constructor(fence: WriteFence, key: string, watched: Watched) {
    this.#fence = fence;
    this.#key = key;
    this.#watched = watched;
    this.#writes = watched.writes;
    this.#changes = watched.changes;
    this.#generation = fence.generation;
  }

  isUnchanged(): boolean {
    return this.#watched.changes === this.#changes && this.#fence.generation === this.#generation;
  }

  isSettled(): boolean {
    return this.isUnchanged() && this.#watched.changers === 0 && this.#fence.wideWriters === 0;
  }

  isUndisturbed(): boolean {
    return this.#watched.writes === this.#writes && this.#fence.generation === this.#generation;
  }

  isCurrent(): boolean {
    return this.isUndisturbed() && this.#watched.writers === 0 && this.#fence.wideWriters === 0;
  }

  end(): void {
    this.#fence.leave(this.#key, this.#watched);
  }
}
