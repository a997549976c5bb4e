import type { EvictionPolicy } from '../../../src/memory/eviction/eviction-policy.js';

/** What a policy decides, without a look inside. */
export type Decisions = Omit<EvictionPolicy, 'queues'>;

/** The policies again, slow and obvious: arrays with the newest first, maps, no bits. */

export class ModelLru implements Decisions {
  slots: number[] = [];

  added(slot: number): void {
    this.slots.unshift(slot);
  }

  accessed(slot: number): void {
    this.slots = [slot, ...this.slots.filter((other) => other !== slot)];
  }

  removed(slot: number): void {
    this.slots = this.slots.filter((other) => other !== slot);
  }

  victim(): number {
    return this.slots.pop() ?? -1;
  }

  resized(): void {}

  grown(): void {}
}

/** What was remembered last at each place, and in which unit of time. */
export class ModelGhosts {
  known = new Map<number, { readonly hash: number; readonly time: number }>();
  capacity = 16;
  unit = 1;
  givenUpInUnit = 0;
  time = 0;

  remember(hash: number): void {
    if (this.givenUpInUnit === this.unit) {
      this.time++;
      this.givenUpInUnit = 0;
    }
    this.givenUpInUnit++;
    this.known.set(this.placeOf(hash), { hash, time: this.time });
  }

  recall(hash: number): number {
    const ghost = this.known.get(this.placeOf(hash));
    if (ghost?.hash !== hash) return -1;
    this.known.delete(this.placeOf(hash));
    const since = (this.time - ghost.time) * this.unit;
    return since < this.capacity ? since : -1;
  }

  resize(entries: number): void {
    const capacity = Math.max(16, Math.ceil(entries));
    if (capacity === this.capacity) return;
    const unit = Math.ceil(capacity / 16);
    const before = [...this.known].sort(([one], [other]) => one - other);
    this.known.clear();
    this.capacity = capacity;
    for (const [, { hash, time }] of before) {
      const age = (this.time - time) * this.unit;
      if (age < capacity) this.known.set(this.placeOf(hash), { hash, time: this.time - Math.floor(age / unit) });
    }
    this.unit = unit;
    this.givenUpInUnit = 0;
  }

  placeOf(hash: number): number {
    let places = 1024;
    while (places < this.capacity) places *= 2;
    const unsigned = hash < 0 ? hash + 2 ** 32 : hash;
    return unsigned % places;
  }
}

/** One counter an object property. */
export class ModelSketch {
  counters = new Map<string, number>();
  blocks = 64;
  additions = 0;
  ageing = 10;

  add(hash: number, times: number): number {
    const before = this.estimate(hash);
    const after = Math.min(15, before + times);
    for (const place of this.placesOf(hash)) this.counters.set(place, Math.max(after, this.counters.get(place) ?? 0));
    this.additions += after - before;
    if (this.additions < this.ageing) return after;
    for (const [place, count] of this.counters) this.counters.set(place, Math.floor(count / 2));
    this.additions = Math.floor(this.additions / 2);
    return after;
  }

  estimate(hash: number): number {
    return Math.min(...this.placesOf(hash).map((place) => this.counters.get(place) ?? 0));
  }

  resize(entries: number): void {
    this.ageing = 10 * Math.max(1, entries);
    let blocks = 64;
    while (blocks < entries / 8) blocks *= 2;
    if (blocks === this.blocks) return;
    const before = this.counters;
    this.counters = new Map();
    for (let block = 0; block < blocks; block++) {
      const from = Math.floor((block * this.blocks) / blocks);
      for (let row = 0; row < 4; row++) {
        for (let place = 0; place < 32; place++) {
          const count = before.get(`${from} ${row} ${place}`);
          if (count !== undefined) this.counters.set(`${block} ${row} ${place}`, count);
        }
      }
    }
    this.blocks = blocks;
  }

  placesOf(hash: number): string[] {
    const unsigned = hash < 0 ? hash + 2 ** 32 : hash;
    const block = Math.floor((unsigned / 2 ** 32) * this.blocks);
    const stirred = Math.imul(hash, 0x9e3779b1) >>> 0;
    return [0, 1, 2, 3].map((row) => `${block} ${row} ${Math.floor(stirred / 2 ** (12 + 5 * row)) % 32}`);
  }
}

interface ModelSlot {
  readonly slot: number;
  readonly hash: number;
  hits: number;
  cameBack: boolean;
}

abstract class ModelWithGhosts implements Decisions {
  readonly ghosts = new ModelGhosts();
  maxEntries = Number.POSITIVE_INFINITY;
  slots = 1;
  abstract queues: ModelSlot[][];

  abstract added(slot: number, hash: number): void;
  abstract accessed(slot: number): void;
  abstract victim(): number;
  abstract fitHistory(entries: number): void;

  removed(slot: number): void {
    this.queues = this.queues.map((queue) => queue.filter((entry) => entry.slot !== slot));
  }

  entry(slot: number): ModelSlot {
    return this.queues.flat().find((entry) => entry.slot === slot) as ModelSlot;
  }

  resized(maxEntries: number): void {
    this.maxEntries = maxEntries;
    this.fitHistory(Math.min(this.maxEntries, this.slots - 1));
  }

  grown(slots: number): void {
    this.slots = slots;
    this.fitHistory(Math.min(this.maxEntries, this.slots - 1));
  }
}

export class ModelS3Fifo extends ModelWithGhosts {
  queues: ModelSlot[][] = [[], []];

  added(slot: number, hash: number): void {
    const queue = this.ghosts.recall(hash) === -1 ? 0 : 1;
    this.queues[queue]?.unshift({ slot, hash, hits: 0, cameBack: false });
  }

  accessed(slot: number): void {
    const entry = this.entry(slot);
    entry.hits = Math.min(3, entry.hits + 1);
  }

  victim(): number {
    const [small, main] = this.queues as [ModelSlot[], ModelSlot[]];
    const staying = small.length + main.length - 1;
    if (staying < 0) return -1;
    const smallSize = staying === 0 ? 0 : Math.max(1, Math.floor(staying * 0.1));
    while (small.length > smallSize) {
      const entry = small.pop() as ModelSlot;
      if (entry.hits <= 1) {
        this.ghosts.remember(entry.hash);
        return entry.slot;
      }
      main.unshift({ ...entry, hits: 0 });
    }
    for (;;) {
      const entry = main.pop() as ModelSlot;
      if (entry.hits === 0) return entry.slot;
      main.unshift({ ...entry, hits: entry.hits - 1 });
    }
  }

  fitHistory(entries: number): void {
    this.ghosts.resize(1.5 * (1 - 0.1) * entries);
  }
}

export class ModelWindowTinyLfu extends ModelWithGhosts {
  readonly sketch = new ModelSketch();
  queues: ModelSlot[][] = [[], [], []];
  windowShare = 0.1;

  get window(): ModelSlot[] {
    return this.queues[0] as ModelSlot[];
  }

  get probation(): ModelSlot[] {
    return this.queues[1] as ModelSlot[];
  }

  get protected(): ModelSlot[] {
    return this.queues[2] as ModelSlot[];
  }

  get size(): number {
    return this.queues.flat().length;
  }

  added(slot: number, hash: number): void {
    for (let moves = 0; moves < 2 && this.window.length > this.windowOf(this.size); moves++) this.admit();
    const since = this.ghosts.recall(hash);
    if (since !== -1 && since < this.ghosts.capacity / 1.2 / 8) this.vote(1);
    this.window.unshift({ slot, hash, hits: 0, cameBack: since !== -1 });
  }

  accessed(slot: number): void {
    const entry = this.entry(slot);
    entry.hits = Math.min(15, entry.hits + 1);
  }

  victim(): number {
    const staying = this.size - 1;
    if (staying < 0) return -1;
    const window = this.windowOf(staying);
    while (this.window.length > window + 1) this.admit();
    if (this.window.length <= window) return this.giveUp(this.leastOfMain() as ModelSlot);
    const candidate = this.window.at(-1) as ModelSlot;
    const rival = this.leastOfMain();
    const count = this.sketch.add(candidate.hash, 1 + candidate.hits);
    if (rival !== undefined && (candidate.cameBack || count - 1 > this.sketch.estimate(rival.hash))) {
      this.window.pop();
      this.probation.unshift({ ...candidate, hits: 0, cameBack: false });
      return this.giveUp(rival);
    }
    this.ghosts.remember(candidate.hash);
    return this.giveUp(candidate);
  }

  windowOf(entries: number): number {
    return Math.max(Math.min(1, entries), Math.round(this.windowShare * entries));
  }

  vote(slots: number): void {
    this.windowShare = Math.min(0.8, Math.max(0.01, this.windowShare + slots / Math.max(1, this.size)));
  }

  countHits(entry: ModelSlot): void {
    if (entry.hits > 0) this.sketch.add(entry.hash, entry.hits);
    entry.hits = 0;
  }

  admit(): void {
    const candidate = this.window.pop() as ModelSlot;
    this.sketch.add(candidate.hash, 1 + candidate.hits);
    this.probation.unshift({ ...candidate, hits: 0, cameBack: false });
  }

  leastOfMain(): ModelSlot | undefined {
    for (let spared = 0; spared < 16; spared++) {
      this.demote();
      const entry = this.probation.at(-1);
      if (entry === undefined || entry.hits === 0) break;
      this.vote(-this.ghosts.capacity / 1.2 / 8 / this.probation.length);
      this.countHits(entry);
      this.probation.pop();
      this.protected.unshift(entry);
    }
    return this.probation.at(-1) ?? this.protected.at(-1);
  }

  demote(): void {
    const most = Math.floor((this.probation.length + this.protected.length) / 2);
    for (let moves = 0; moves < 16 && this.protected.length > most; moves++) {
      const entry = this.protected.pop() as ModelSlot;
      (entry.hits > 0 ? this.protected : this.probation).unshift(entry);
      this.countHits(entry);
    }
  }

  giveUp({ slot }: ModelSlot): number {
    this.removed(slot);
    return slot;
  }

  fitHistory(entries: number): void {
    this.ghosts.resize(1.2 * entries);
    this.sketch.resize(entries);
  }
}
