import { BucketTable } from './bucket-table.js';
import type { EntryColumns } from './entry-columns.js';
import { none } from './slot-lists.js';

const leastBuckets = 8;
/**
 * A table grows when it is fuller than this, and shrinks when it is less full than that. Half full, most keys lie where
 * they belong: a search that may go on costs more by being mispredicted than by going on.
 */
const mostFull = 1 / 2;
const leastFull = 1 / 8;
/** Enough that a move ends long before the next one is due, and few enough to be no pause. */
const bucketsPerWrite = 16;

/**
 * Which slot has the key? Not a Map, although it finds a key as fast: an entry that comes and goes costs twice as much
 * in one, because V8 looks at the text of the key that goes, too, and has a hash of its own beside the one that eviction
 * needs. And V8 builds a Map anew, in one go, when it grows or shrinks: one of ten million stands still for seconds.
 * Here a few buckets move at each write.
 */
export class KeyIndex {
  readonly #hashKey: (key: string) => number;
  readonly #columns: Pick<EntryColumns, 'keys'>;
  #table = new BucketTable(leastBuckets);
  /** The table that is being left, and from which bucket on. */
  #leaving: BucketTable | undefined;
  #toMove = 0;
  /** One key is often looked for again and again, and by each step of a miss: its hash is the dearest part of that. */
  #lastKey: string | undefined;
  #lastHash = 0;

  constructor(hashKey: (key: string) => number, columns: Pick<EntryColumns, 'keys'>) {
    this.#hashKey = hashKey;
    this.#columns = columns;
  }

  get size(): number {
    return this.#table.size + (this.#leaving?.size ?? 0);
  }

  /** The slot, or `none`, also for what is no key at all: a hit is answered before anybody has checked. */
  find(key: string): number {
    if (typeof key !== 'string') return none;
    if (key !== this.#lastKey) {
      this.#lastHash = this.#hashKey(key);
      this.#lastKey = key;
    }
    return this.findHashed(key, this.#lastHash);
  }

  /** As `find`, where the hash is known already. */
  findHashed(key: string, hash: number): number {
    const { keys } = this.#columns;
    const slot = this.#table.find(key, hash, keys);
    return slot === none && this.#leaving !== undefined ? this.#leaving.find(key, hash, keys) : slot;
  }

  hashOf(key: string): number {
    return key === this.#lastKey ? this.#lastHash : this.#hashKey(key);
  }

  /** The key must not be there yet. */
  add(hash: number, slot: number): void {
    if (this.#leaving !== undefined) this.#moveSome(this.#leaving);
    else if (this.#table.size >= this.#table.buckets * mostFull) this.#beginMoving(2 * this.#table.buckets);
    this.#table.add(hash, slot);
  }

  /** The slot must be there. */
  delete(hash: number, slot: number): void {
    const table = this.#table;
    if (this.#leaving !== undefined) {
      if (!this.#leaving.leave(hash, slot)) table.delete(hash, slot);
      this.#moveSome(this.#leaving);
      return;
    }
    table.delete(hash, slot);
    if (table.size < table.buckets * leastFull && table.buckets > leastBuckets) this.#beginMoving(table.buckets / 2);
  }

  /** In no order. */
  slots(): number[] {
    return [...this.#table.slots(), ...(this.#leaving?.slots() ?? [])];
  }

  /** How many buckets each table has, for tests. */
  get tableSizes(): readonly number[] {
    return [this.#leaving, this.#table].flatMap((table) => table?.buckets ?? []);
  }

  #beginMoving(buckets: number): void {
    this.#leaving = this.#table;
    this.#toMove = 0;
    this.#table = new BucketTable(buckets);
  }

  #moveSome(leaving: BucketTable): void {
    leaving.moveTo(this.#table, this.#toMove, bucketsPerWrite);
    this.#toMove += bucketsPerWrite;
    if (this.#toMove >= leaving.buckets) this.#leaving = undefined;
  }
}
