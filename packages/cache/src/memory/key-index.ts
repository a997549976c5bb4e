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
  readonly #mostInOneMap: number;
  readonly #keysPerMap: number;
  /** The only Map while one is enough. */
  #only: Map<string, number> | undefined = new Map();
  #many: ManyMaps;
  /** What was the only Map, until the last key has moved. */
  #leaving: Map<string, number> | undefined;
  #toMove: Iterator<[string, number]> | undefined;

  constructor(hashKey: (key: string) => number, { mostInOneMap, keysPerMap } = usualBounds) {
    this.#hashKey = hashKey;
    this.#mostInOneMap = mostInOneMap;
    this.#keysPerMap = keysPerMap;
    this.#many = this.#noMaps();
  }

  get size(): number {
    return this.#maps().reduce((sum, map) => sum + map.size, 0);
  }

  get(key: string): number | undefined {
    const only = this.#only;
    if (only !== undefined) return only.get(key);
    return this.#many.get(key) ?? this.#leaving?.get(key);
  }

  /** The key must not be there yet. */
  add(key: string, slot: number): void {
    const only = this.#only;
    if (only !== undefined && only.size < this.#mostInOneMap) only.set(key, slot);
    else this.#addToMany(key, slot);
  }

  /** The key must be there. */
  delete(key: string): void {
    const only = this.#only;
    if (only !== undefined) only.delete(key);
    else this.#deleteFromMany(key);
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

  #addToMany(key: string, slot: number): void {
    if (this.#only !== undefined) this.#beginMoving(this.#only);
    this.#many.add(key, slot);
    this.#moveSome();
  }

  #deleteFromMany(key: string): void {
    if (this.#leaving?.delete(key) !== true) this.#many.delete(key);
    this.#moveSome();
    if (this.#leaving === undefined && this.#many.maps.length === 1) this.#returnToOne();
  }

  #noMaps(): ManyMaps {
    return new ManyMaps(this.#hashKey, this.#keysPerMap, 0);
  }

  #beginMoving(only: Map<string, number>): void {
    this.#many = new ManyMaps(this.#hashKey, this.#keysPerMap, this.#mostInOneMap / this.#keysPerMap);
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
