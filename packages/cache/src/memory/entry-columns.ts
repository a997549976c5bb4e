import type { EntryDetails, Version } from '../contracts/entry.js';

/**
 * The entries of the memory store, a column a property and a row a slot. No object an entry: that halves the heap
 * that a small entry takes. Slot 0 stays empty: it is the end of every list.
 */
export class EntryColumns {
  capacity = 0;
  keys: (string | undefined)[] = [undefined];
  values: unknown[] = [undefined];
  /** Only for entries that came from a store: what this process wrote is told apart by `createdAt`. */
  versions: (Version | undefined)[] = [undefined];
  details: (EntryDetails | undefined)[] = [undefined];
  freshUntil = new Float64Array(0);
  staleUntil = new Float64Array(0);
  createdAt = new Float64Array(0);
  sizes = new Uint32Array(0);
  owners = new Uint32Array(0);
  /** 1 where readers must get a copy of the value. */
  copyOnRead = new Uint8Array(0);

  grow(capacity: number): void {
    this.capacity = capacity;
    this.freshUntil = copyInto(new Float64Array(capacity), this.freshUntil);
    this.staleUntil = copyInto(new Float64Array(capacity), this.staleUntil);
    this.createdAt = copyInto(new Float64Array(capacity), this.createdAt);
    this.sizes = copyInto(new Uint32Array(capacity), this.sizes);
    this.owners = copyInto(new Uint32Array(capacity), this.owners);
    this.copyOnRead = copyInto(new Uint8Array(capacity), this.copyOnRead);
  }
}

function copyInto<Column extends Float64Array | Uint32Array | Uint8Array>(longer: Column, column: Column): Column {
  longer.set(column);
  return longer;
}
