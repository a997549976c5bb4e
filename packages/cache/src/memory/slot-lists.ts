/** The end of every list. Slot 0 is never given out. */
export const none = 0;

/** What several {@link SlotList}s share: two typed arrays, no object a node. A slot is in one list at a time. */
export class SlotLinks {
  next = new Uint32Array(1);
  previous = new Uint32Array(1);

  grow(slots: number): void {
    this.next = grown(this.next, slots);
    this.previous = grown(this.previous, slots);
  }
}

function grown(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const longer = new Uint32Array(length);
  longer.set(array);
  return longer;
}

/** One list over shared {@link SlotLinks}: the head is the newest, the tail the oldest. */
export class SlotList {
  readonly links: SlotLinks;
  head = none;
  tail = none;
  size = 0;

  constructor(links: SlotLinks) {
    this.links = links;
  }

  pushHead(slot: number): void {
    const { next, previous } = this.links;
    previous[slot] = none;
    next[slot] = this.head;
    if (this.head === none) this.tail = slot;
    else previous[this.head] = slot;
    this.head = slot;
    this.size++;
  }

  /** The slot must be in this list: the links alone cannot tell whose it is. */
  remove(slot: number): void {
    const { next, previous } = this.links;
    const after = next[slot] as number;
    const before = previous[slot] as number;
    if (before === none) this.head = after;
    else next[before] = after;
    if (after === none) this.tail = before;
    else previous[after] = before;
    this.size--;
  }

  /** The list must not be empty. */
  removeTail(): void {
    const last = this.tail;
    const before = this.links.previous[last] as number;
    if (before === none) this.head = none;
    else this.links.next[before] = none;
    this.tail = before;
    this.size--;
  }

  moveToHead(slot: number): void {
    if (this.head === slot) return;
    this.remove(slot);
    this.pushHead(slot);
  }

  /** From the newest to the oldest. */
  *[Symbol.iterator](): Generator<number> {
    for (let slot = this.head; slot !== none; slot = this.links.next[slot] as number) yield slot;
  }
}
