import { none, SlotLinks, SlotList } from '../slot-lists.js';
import type { EvictionPolicy } from './eviction-policy.js';

/** Gives up what was used longest ago. */
export class LeastRecentlyUsed implements EvictionPolicy {
  readonly #links = new SlotLinks();
  readonly #list = new SlotList(this.#links);

  /** What is where, for `inspect()` and for tests. */
  get queues(): Readonly<Record<'all', SlotList>> {
    return { all: this.#list };
  }

  added(slot: number): void {
    this.#list.pushHead(slot);
  }

  accessed(slot: number): void {
    this.#list.moveToHead(slot);
  }

  removed(slot: number): void {
    this.#list.remove(slot);
  }

  victim(): number {
    const slot = this.#list.tail;
    if (slot === none) return -1;
    this.#list.remove(slot);
    return slot;
  }

  resized(): void {}

  grown(slots: number): void {
    this.#links.grow(slots);
  }
}
