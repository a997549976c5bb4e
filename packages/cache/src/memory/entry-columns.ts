import type { EntryDetails, Version } from '../contracts/entry.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';

/**
 * The entries of the memory store, a column a property and a row a slot. No object an entry: that is what keeps the
 * heap an entry takes near that of a bare Map. Slot 0 stays empty: it is the end of every list.
 *
 * Columns that few caches need come into being with the first entry that needs them.
 */
export class EntryColumns {
  capacity = 0;
  keys: (string | undefined)[] = [];
  values: unknown[] = [];
  freshUntil = new Float64Array(0);
  createdAt = new Float64Array(0);
  sizes = new Uint32Array(0);
  /** 1 where readers must get a copy of the value. */
  copyOnRead = new Uint8Array(0);
  /** The very column `freshUntil` until an entry has a stale window. */
  #staleUntil = this.freshUntil;
  /** Whose entry it is; all belong to owner 0 until there is another. */
  #owners: Uint32Array | undefined;
  /** Versions of entries that came from a store: what this process wrote is told apart by `createdAt`. */
  #versions: (Version | undefined)[] | undefined;
  #details: (EntryDetails | undefined)[] | undefined;
  #loadMillis: Float32Array | undefined;

  grow(capacity: number): void {
    const isShared = this.#staleUntil === this.freshUntil;
    this.capacity = capacity;
    // Arrays that grow by themselves keep up to half as much again in reserve.
    this.keys = exactly(capacity, this.keys);
    this.values = exactly(capacity, this.values);
    this.freshUntil = copyInto(new Float64Array(capacity), this.freshUntil);
    this.#staleUntil = isShared ? this.freshUntil : copyInto(new Float64Array(capacity), this.#staleUntil);
    this.createdAt = copyInto(new Float64Array(capacity), this.createdAt);
    this.sizes = copyInto(new Uint32Array(capacity), this.sizes);
    this.copyOnRead = copyInto(new Uint8Array(capacity), this.copyOnRead);
    if (this.#owners !== undefined) this.#owners = copyInto(new Uint32Array(capacity), this.#owners);
    if (this.#loadMillis !== undefined) this.#loadMillis = copyInto(new Float32Array(capacity), this.#loadMillis);
  }

  fill(slot: number, write: EntryWrite, size: number): void {
    this.values[slot] = write.survey.value;
    this.copyOnRead[slot] = write.survey.isMutable ? 1 : 0;
    this.createdAt[slot] = write.createdAt;
    this.sizes[slot] = size;
    this.setLifetime(slot, write.freshUntil, write.staleUntil);
    if (write.version !== undefined || this.#versions !== undefined) this.#setVersion(slot, write.version);
    if (write.details !== undefined || this.#details !== undefined) this.#setDetails(slot, write.details);
    if (write.loadMillis !== undefined || this.#loadMillis !== undefined) this.#setLoadMillis(slot, write.loadMillis);
  }

  /** Lets go of what the garbage collector should see; numbers are overwritten by the next entry. */
  empty(slot: number): void {
    this.keys[slot] = undefined;
    this.values[slot] = undefined;
    if (this.#details !== undefined) this.#details[slot] = undefined;
  }

  setLifetime(slot: number, freshUntil: Millis, staleUntil: Millis): void {
    if (staleUntil !== freshUntil && this.#staleUntil === this.freshUntil) this.#staleUntil = this.freshUntil.slice();
    this.freshUntil[slot] = freshUntil;
    this.#staleUntil[slot] = staleUntil;
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

  #setVersion(slot: number, version: Version | undefined): void {
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

function exactly<Value>(capacity: number, column: readonly (Value | undefined)[]): (Value | undefined)[] {
  const longer = new Array<Value | undefined>(capacity).fill(undefined);
  for (let slot = 0; slot < column.length; slot++) longer[slot] = column[slot];
  return longer;
}

function copyInto<Column extends Float64Array | Float32Array | Uint32Array | Uint8Array>(
  longer: Column,
  column: Column,
) {
  longer.set(column);
  return longer;
}
