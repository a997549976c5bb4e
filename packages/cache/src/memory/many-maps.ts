/** Maps are joined when this part of the keys is left: what splits at once after a join would swing to and fro. */
const shareToJoin = 1 / 4;

/**
 * A Map in many small ones, chosen by the key's hash, of which one is split, or joined with another, at a time: "linear
 * hashing" (Litwin, VLDB 1980). No write moves more keys than a few Maps hold.
 */
export class ManyMaps {
  readonly #hashKey: (key: string) => number;
  readonly #keysPerMap: number;
  readonly #maps: Map<string, number>[];
  /** All ones, and no less than the last position in `#maps`. */
  #mask: number;
  #size = 0;

  /** The number of maps to begin with is a power of two. */
  constructor(hashKey: (key: string) => number, keysPerMap: number, maps: number) {
    this.#hashKey = hashKey;
    this.#keysPerMap = keysPerMap;
    this.#maps = Array.from({ length: maps }, () => new Map());
    this.#mask = maps - 1;
  }

  get maps(): readonly Map<string, number>[] {
    return this.#maps;
  }

  get(key: string): number | undefined {
    return this.#mapOf(key).get(key);
  }

  /** The key must not be there yet. */
  add(key: string, slot: number): void {
    if (this.#size >= this.#maps.length * this.#keysPerMap) this.#splitOne();
    this.#mapOf(key).set(key, slot);
    this.#size++;
  }

  delete(key: string): void {
    if (!this.#mapOf(key).delete(key)) return;
    this.#size--;
    if (this.#maps.length > 1 && this.#size < this.#maps.length * this.#keysPerMap * shareToJoin) this.#joinOne();
  }

  #mapOf(key: string): Map<string, number> {
    return this.#maps[this.#positionOf(key)] as Map<string, number>;
  }

  #positionOf(key: string): number {
    const position = this.#hashKey(key) & this.#mask;
    return position < this.#maps.length ? position : position & (this.#mask >>> 1);
  }

  #splitOne(): void {
    const position = this.#maps.length;
    if (position > this.#mask) this.#mask = 2 * this.#mask + 1;
    const source = this.#maps[position & (this.#mask >>> 1)] as Map<string, number>;
    const target = new Map<string, number>();
    this.#maps.push(target);
    for (const [key, slot] of source) {
      if (this.#positionOf(key) !== position) continue;
      target.set(key, slot);
      source.delete(key);
    }
  }

  #joinOne(): void {
    const source = this.#maps.pop() as Map<string, number>;
    const position = this.#maps.length;
    const target = this.#maps[position & (this.#mask >>> 1)] as Map<string, number>;
    for (const [key, slot] of source) target.set(key, slot);
    if (2 * position <= this.#mask + 1) this.#mask >>>= 1;
  }
}
