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

/** One array a bucket, the newest first; the places of 16 hashes in each, some of them empty. */
export class ModelGhosts {
  buckets: number[][] = [[]];

  remember(hash: number): void {
    const bucket = this.bucketOf(hash);
    bucket.unshift(hash || 1);
    bucket.splice(16);
  }

  /** The one remembered first, where a hash is there twice. */
  recall(hash: number): number {
    const bucket = this.bucketOf(hash);
    const rank = bucket.indexOf(hash || 1);
    if (rank !== -1) bucket[rank] = 0;
    return rank;
  }

  resize(entries: number): void {
    const before = this.buckets;
    const buckets = Math.max(1, Math.ceil(entries / 16));
    if (buckets === before.length) return;
    this.buckets = Array.from({ length: buckets }, () => []);
    for (let rank = 15; rank >= 0; rank--) {
      for (const bucket of before) for (const hash of bucket.slice(rank, rank + 1)) if (hash !== 0) this.remember(hash);
    }
  }

  bucketOf(hash: number): number[] {
    const unsigned = hash < 0 ? hash + 2 ** 32 : hash;
    return this.buckets[Math.floor((unsigned / 2 ** 32) * this.buckets.length)] as number[];
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
    const blocks = Math.max(64, Math.ceil(entries / 8));
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
    let stirred = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    stirred = Math.imul(stirred ^ (stirred >>> 13), 0x297a2d39);
    stirred = (stirred ^ (stirred >>> 15)) >>> 0;
    return [0, 1, 2, 3].map((row) => `${block} ${row} ${Math.floor(stirred / 256 ** row) % 32}`);
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
    this.ghosts.resize(0.9 * entries);
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
    const rank = this.ghosts.recall(hash);
    if (rank === 0 || rank === 1) this.vote(1);
    this.window.unshift({ slot, hash, hits: 0, cameBack: rank !== -1 });
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
      this.vote((-2 * this.ghosts.buckets.length) / this.probation.length);
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
    this.ghosts.resize(entries);
    this.sketch.resize(entries);
  }
}
