import { ManyMaps } from './many-maps.js';

export interface IndexBounds {
  /** Up to so many keys are in one plain Map. */
  readonly mostInOneMap: number;
  /** On average, once there are several. A power of two times this is `mostInOneMap`. */
  readonly keysPerMap: number;
}

/**
 * No read of a cache of the default size pays for what large ones need. The Maps of a large one are small, because V8
 * builds a Map anew, in one go, when it grows or shrinks: one of ten million stands still for seconds.
 */
const usualBounds: IndexBounds = { mostInOneMap: 131_072, keysPerMap: 4_096 };
const movesPerWrite = 8;

/** Which slot has the key? One Map, or many when there are many keys; between the two a few keys move at each write. */
export class KeyIndex {
  readonly #hashKey: (key: string) => number;
  readonly #bounds: IndexBounds;
  /** The only Map while one is enough. */
  #only: Map<string, number> | undefined = new Map();
  #many: ManyMaps;
  /** What was the only Map, until the last key has moved. */
  #leaving: Map<string, number> | undefined;
  #toMove: Iterator<[string, number]> | undefined;
  #size = 0;

  constructor(hashKey: (key: string) => number, bounds = usualBounds) {
    this.#hashKey = hashKey;
    this.#bounds = bounds;
    this.#many = this.#noMaps();
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): number | undefined {
    if (this.#only !== undefined) return this.#only.get(key);
    return this.#many.get(key) ?? this.#leaving?.get(key);
  }

  /** The key must not be there yet. */
  add(key: string, slot: number): void {
    if (this.#only !== undefined && this.#size >= this.#bounds.mostInOneMap) this.#beginMoving(this.#only);
    this.#size++;
    if (this.#only !== undefined) this.#only.set(key, slot);
    else this.#many.add(key, slot);
    this.#moveSome();
  }

  /** The key must be there. */
  delete(key: string): void {
    this.#size--;
    if (this.#only !== undefined) {
      this.#only.delete(key);
      return;
    }
    if (this.#leaving?.delete(key) !== true) this.#many.delete(key);
    this.#moveSome();
    if (this.#leaving === undefined && this.#many.maps.length === 1) this.#returnToOne();
  }

  /** In no order. */
  slots(): number[] {
    return this.#maps().flatMap((map) => [...map.values()]);
  }

  /** How many keys are in each Map, for tests. */
  get mapSizes(): readonly number[] {
    return this.#maps().map((map) => map.size);
  }

  #maps(): Map<string, number>[] {
    return [this.#only, this.#leaving, ...this.#many.maps].filter((map) => map !== undefined);
  }

  #noMaps(): ManyMaps {
    return new ManyMaps(this.#hashKey, this.#bounds.keysPerMap, 0);
  }

  #beginMoving(only: Map<string, number>): void {
    const { mostInOneMap, keysPerMap } = this.#bounds;
    this.#many = new ManyMaps(this.#hashKey, keysPerMap, mostInOneMap / keysPerMap);
    this.#leaving = only;
    this.#toMove = only.entries();
    this.#only = undefined;
  }

  #moveSome(): void {
    if (this.#leaving === undefined) return;
    for (let moves = 0; moves < movesPerWrite; moves++) {
      const next = this.#toMove?.next();
      if (next === undefined || next.done === true) {
        this.#leaving = undefined;
        this.#toMove = undefined;
        return;
      }
      const [key, slot] = next.value;
      this.#leaving.delete(key);
      this.#many.add(key, slot);
    }
  }

  #returnToOne(): void {
    this.#only = this.#many.maps[0] as Map<string, number>;
    this.#many = this.#noMaps();
  }
}
