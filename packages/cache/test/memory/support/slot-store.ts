import type { Decisions } from './models.js';

/** A store of keys and weights without values, which treats its policy as the memory store does. */
export class SlotStore {
  readonly slotOf = new Map<string, number>();
  readonly evicted: string[] = [];
  weight = 0;
  readonly #policy: Decisions;
  readonly #hash: (key: string) => number;
  readonly #keyOf = new Map<number, string>();
  readonly #weights = new Map<string, number>();
  readonly #free: number[] = [];
  #nextSlot = 1;
  #slots = 1;
  #maxEntries: number;
  #maxWeight: number;

  constructor(
    policy: Decisions,
    hash: (key: string) => number,
    maxEntries: number,
    maxWeight = Number.POSITIVE_INFINITY,
  ) {
    this.#policy = policy;
    this.#hash = hash;
    this.#maxEntries = maxEntries;
    this.#maxWeight = maxWeight;
    policy.resized(maxEntries);
  }

  /** A read, and on a miss the write that follows it. Answers whether the read hit. */
  request(key: string, weight = 1): boolean {
    const slot = this.slotOf.get(key);
    if (slot === undefined) this.#insert(key, weight);
    else this.#policy.accessed(slot);
    return slot !== undefined;
  }

  /** What was evicted since this was last asked, in order. */
  takeEvicted(): string {
    return this.evicted.splice(0).join();
  }

  delete(key: string): void {
    const slot = this.slotOf.get(key);
    if (slot === undefined) return;
    this.#policy.removed(slot);
    this.#release(slot);
  }

  resize(maxEntries: number): void {
    this.#maxEntries = maxEntries;
    this.#policy.resized(maxEntries);
    this.#evictOverflow();
  }

  #insert(key: string, weight: number): void {
    const slot = this.#free.pop() ?? this.#nextSlot++;
    if (slot >= this.#slots) {
      this.#slots = Math.max(8, 2 * this.#slots);
      this.#policy.grown(this.#slots);
    }
    this.slotOf.set(key, slot);
    this.#keyOf.set(slot, key);
    this.#weights.set(key, weight);
    this.weight += weight;
    this.#policy.added(slot, this.#hash(key));
    this.#evictOverflow();
  }

  #evictOverflow(): void {
    while (this.slotOf.size > this.#maxEntries || this.weight > this.#maxWeight) {
      const slot = this.#policy.victim();
      const key = this.#keyOf.get(slot);
      if (key === undefined) throw new Error(`the victim ${slot} is not an entry`);
      this.evicted.push(key);
      this.#release(slot);
    }
  }

  #release(slot: number): void {
    const key = this.#keyOf.get(slot) as string;
    this.#keyOf.delete(slot);
    this.slotOf.delete(key);
    this.weight -= this.#weights.get(key) as number;
    this.#free.push(slot);
  }
}
