import type { EntryDetails, Version } from '../contracts/entry.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';

/** What sets a row apart: few have any of these, and a hit on one that has none looks no further. */
export const COPY_ON_READ = 0b001;
/** Has tags: the row must be judged again after an invalidation. */
export const TAGGED = 0b010;
export const INDEXED = 0b100;
/** May have been changed by another process: to be looked up in the store before it is used. */
export const DOUBTFUL = 0b1000;

/**
 * The entries of the memory store, a column a property and a row a slot. No object an entry: that is what keeps the
 * heap an entry takes near that of a bare Map. Slot 0 stays empty: it is the end of every list.
 *
 * Columns that few caches need come into being with the first entry that needs them.
 */
export class EntryColumns {
  capacity = 0;
  keys: (string | undefined)[] = [];
  hashes = new Int32Array(0);
  values: unknown[] = [];
  freshUntil = new Float64Array(0);
  createdAt = new Float64Array(0);
  sizes = new Uint32Array(0);
  /** See {@link COPY_ON_READ} and its like. */
  marks = new Uint8Array(0);
  /** Until then a hit needs no closer look. The very column `freshUntil` until an entry is to be refreshed early. */
  hitUntil = this.freshUntil;
  /** The very column `freshUntil` until an entry has a stale window. */
  #staleUntil = this.freshUntil;
  /** Whose entry it is; all belong to owner 0 until there is another. */
  #owners: Uint32Array | undefined;
  /** Of entries that came from a store, and of those that were read with theirs: it follows from `createdAt`. */
  #versions: (Version | undefined)[] | undefined;
  #details: (EntryDetails | undefined)[] | undefined;
  #loadMillis: Float32Array | undefined;
  /** At which generation of invalidations a tagged row was judged last. */
  #judgedAt: Float64Array | undefined;

  grow(capacity: number): void {
    const isStaleShared = this.#staleUntil === this.freshUntil;
    const isHitShared = this.hitUntil === this.freshUntil;
    this.capacity = capacity;
    // Arrays that grow by themselves keep up to half as much again in reserve.
    this.keys = exactly(capacity, this.keys);
    this.hashes = copyInto(new Int32Array(capacity), this.hashes);
    this.values = exactly(capacity, this.values);
    this.freshUntil = copyInto(new Float64Array(capacity), this.freshUntil);
    this.#staleUntil = isStaleShared ? this.freshUntil : copyInto(new Float64Array(capacity), this.#staleUntil);
    this.hitUntil = isHitShared ? this.freshUntil : copyInto(new Float64Array(capacity), this.hitUntil);
    this.createdAt = copyInto(new Float64Array(capacity), this.createdAt);
    this.sizes = copyInto(new Uint32Array(capacity), this.sizes);
    this.marks = copyInto(new Uint8Array(capacity), this.marks);
    if (this.#owners !== undefined) this.#owners = copyInto(new Uint32Array(capacity), this.#owners);
    if (this.#loadMillis !== undefined) this.#loadMillis = copyInto(new Float32Array(capacity), this.#loadMillis);
    if (this.#judgedAt !== undefined) this.#judgedAt = copyInto(new Float64Array(capacity), this.#judgedAt);
  }

  setKey(slot: number, key: string, hash: number): void {
    this.keys[slot] = key;
    this.hashes[slot] = hash;
  }

  fill(slot: number, write: EntryWrite, size: number): void {
    this.values[slot] = write.survey.value;
    this.marks[slot] = (write.survey.isMutable ? COPY_ON_READ : 0) | marksOf(write.details);
    this.createdAt[slot] = write.createdAt;
    this.sizes[slot] = size;
    this.setLifetime(slot, write.freshUntil, write.staleUntil, write.refreshAt);
    if (write.version !== undefined || this.#versions !== undefined) this.setVersion(slot, write.version);
    if (write.details !== undefined || this.#details !== undefined) this.#setDetails(slot, write.details);
    if (write.loadMillis !== undefined || this.#loadMillis !== undefined) this.#setLoadMillis(slot, write.loadMillis);
    if (this.#judgedAt !== undefined) this.#judgedAt[slot] = 0;
  }

  /** Lets go of what the garbage collector should see; numbers are overwritten by the next entry. */
  empty(slot: number): void {
    this.keys[slot] = undefined;
    this.values[slot] = undefined;
    if (this.#details !== undefined) this.#details[slot] = undefined;
  }

  isDoubtful(slot: number): boolean {
    return ((this.marks[slot] as number) & DOUBTFUL) !== 0;
  }

  doubt(slot: number): void {
    this.marks[slot] = (this.marks[slot] as number) | DOUBTFUL;
  }

  setLifetime(slot: number, freshUntil: Millis, staleUntil: Millis, refreshAt: Millis): void {
    if (staleUntil !== freshUntil && this.#staleUntil === this.freshUntil) this.#staleUntil = this.freshUntil.slice();
    if (refreshAt < freshUntil && this.hitUntil === this.freshUntil) this.hitUntil = this.freshUntil.slice();
    this.freshUntil[slot] = freshUntil;
    this.#staleUntil[slot] = staleUntil;
    this.hitUntil[slot] = Math.min(refreshAt, freshUntil);
  }

  /** Moves all times of the slots up to `end` by so much. */
  shiftTimes(by: Millis, end: number): void {
    for (const column of new Set([this.createdAt, this.freshUntil, this.#staleUntil, this.hitUntil])) {
      for (let slot = 1; slot < end; slot++) column[slot] = (column[slot] as number) + by;
    }
  }

  /** 0 for a row that was not judged yet. */
  judgedAt(slot: number): number {
    return this.#judgedAt === undefined ? 0 : (this.#judgedAt[slot] as number);
  }

  setJudgedAt(slot: number, generation: number): void {
    this.#judgedAt ??= new Float64Array(this.capacity);
    this.#judgedAt[slot] = generation;
  }

  setOwner(slot: number, owner: number): void {
    if (owner !== 0) this.#owners ??= new Uint32Array(this.capacity);
    if (this.#owners !== undefined) this.#owners[slot] = owner;
  }

  ownerOf(slot: number): number {
    return this.#owners === undefined ? 0 : (this.#owners[slot] as number);
  }

  staleUntilOf(slot: number): Millis {
    return this.#staleUntil[slot] as Millis;
  }

  versionOf(slot: number): Version | undefined {
    return this.#versions?.[slot];
  }

  detailsOf(slot: number): EntryDetails | undefined {
    return this.#details?.[slot];
  }

  loadMillisOf(slot: number): number | undefined {
    const millis = this.#loadMillis?.[slot];
    return millis === undefined || Number.isNaN(millis) ? undefined : millis;
  }

  setVersion(slot: number, version: Version | undefined): void {
    this.#versions ??= [];
    this.#versions[slot] = version;
  }

  #setDetails(slot: number, details: EntryDetails | undefined): void {
    this.#details ??= [];
    this.#details[slot] = details;
  }

  /** NaN stands for "not loaded", also for all entries that were there before the first one that was. */
  #setLoadMillis(slot: number, millis: number | undefined): void {
    this.#loadMillis ??= new Float32Array(this.capacity).fill(Number.NaN);
    this.#loadMillis[slot] = millis ?? Number.NaN;
  }
}

function marksOf(details: EntryDetails | undefined): number {
  return details === undefined ? 0 : marksOfDetails(details);
}

function marksOfDetails({ tags, indexes }: EntryDetails): number {
  const marks = tags.length > 0 ? TAGGED : 0;
  for (const _ in indexes) return marks | INDEXED;
  return marks;
}

function exactly<Value>(capacity: number, column: readonly (Value | undefined)[]): (Value | undefined)[] {
  const longer = new Array<Value | undefined>(capacity).fill(undefined);
  for (let slot = 0; slot < column.length; slot++) longer[slot] = column[slot];
  return longer;
}

function copyInto<Column extends Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array>(
  longer: Column,
  column: Column,
) {
  longer.set(column);
  return longer;
}
