import type { Entry } from '../contracts/entry.js';
import type { WriteResult } from '../contracts/store.js';
import type {
  EntryChange,
  EntryCondition,
  EntryWrite,
  EntryWriteResult,
  Found,
  KeysOfTier,
  TakeFound,
  TakeWritten,
  Tiers,
} from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import { conditionHolds } from '../policy/condition.js';
import { isFresh } from '../policy/lifetime.js';
import { type Markers, markerAt } from '../tags/markers.js';
import { foundInMemory } from './found.js';
import type { MemoryTier } from './memory-tier.js';
import type { WriteFence } from './write-fence.js';

export interface MemoryOnlyParts {
  readonly memory: MemoryTier;
  readonly markers: Markers;
  readonly fence: WriteFence;
  readonly clock: Clock;
  readonly prune: (limit: number, now: Millis) => number;
}

/** Slots looked at in one page of a listing, whatever the page's limit: bounds the work of one step. */
const slotsPerPage = 4_096;

/** One namespace of a cache without a store: memory is the truth, and every step is atomic because it is synchronous. */
export class MemoryOnly implements Tiers {
  readonly fence: WriteFence;
  readonly isAllInMemory = true;
  readonly isAnswering = true;
  readonly #memory: MemoryTier;
  readonly #markers: Markers;
  readonly #clock: Clock;
  readonly #prune: (limit: number, now: Millis) => number;

  constructor({ memory, markers, fence, clock, prune }: MemoryOnlyParts) {
    this.fence = fence;
    this.#memory = memory;
    this.#markers = markers;
    this.#clock = clock;
    this.#prune = prune;
  }

  getFresh(key: string): unknown {
    return this.#memory.getFresh(key);
  }

  peek(key: string, now?: Millis): Found | undefined {
    const entry = this.#memory.get(key, now);
    return entry === undefined ? undefined : foundInMemory(entry);
  }

  find(key: string): Found | undefined {
    return this.peek(key);
  }

  read<T>(key: string, take: TakeFound<T>): T {
    return take(key, this.find(key));
  }

  async get(keys: readonly string[]): Promise<(Found | undefined)[]> {
    return keys.map((key) => this.find(key));
  }

  setNow(key: string, write: EntryWrite, now: Millis): WriteResult {
    this.fence.touch(key);
    return this.#memory.put(key, write, now) ? 'replaced' : 'created';
  }

  async set(writes: readonly (readonly [string, EntryWrite])[]): Promise<EntryWriteResult[]> {
    const now = this.#clock.now();
    return writes.map(([key, write]) => this.setNow(key, write, now));
  }

  async setAwaited<T>(key: string, write: EntryWrite, take: TakeWritten<T>): Promise<T> {
    return take(key, write, this.setNow(key, write, this.#clock.now()));
  }

  readonly leases = undefined;

  fill(key: string, write: EntryWrite, now: Millis): undefined {
    this.#memory.put(key, write, now);
  }

  async setOne(key: string, write: EntryWrite): Promise<WriteResult> {
    return this.setNow(key, write, this.#clock.now());
  }

  async setIf(key: string, write: EntryWrite, condition: EntryCondition): Promise<WriteResult> {
    const now = this.#clock.now();
    const current = this.#live(key, now);
    return conditionHolds(condition, current) ? this.setNow(key, write, now) : 'condition-failed';
  }

  async delete(keys: readonly string[]): Promise<boolean[]> {
    const now = this.#clock.now();
    return keys.map((key) => {
      this.fence.touch(key);
      return this.#memory.delete(key, now);
    });
  }

  async modify(key: string, change: EntryChange): Promise<Entry | undefined> {
    const now = this.#clock.now();
    const decision = change(this.#live(key, now));
    if (decision.kind === 'keep') return this.#live(key, now);
    this.fence.touch(key);
    if (decision.kind === 'write') this.#memory.put(key, decision.write, now);
    else if (decision.kind === 'touch')
      this.#memory.touch(key, decision.freshUntil, decision.staleUntil, decision.refreshAt);
    else this.#memory.delete(key, now);
    return this.#live(key, now);
  }

  async invalidateTags(tags: readonly string[], time: Millis, remove: boolean): Promise<void> {
    for (const tag of tags) this.#markers.raise(tag, markerAt(time, remove));
  }

  get generation(): number {
    return this.#markers.generation;
  }

  invalidatedAt(createdAt: Millis, tags: readonly string[]): Millis | undefined {
    return this.#markers.invalidatedAt(createdAt, tags);
  }

  async keysByTerm(name: string, value: string): Promise<readonly string[]> {
    return this.#memory.keysByTerm(name, value, this.#clock.now());
  }

  async keys(
    prefix: string,
    page: { cursor?: string | undefined; limit: number; held?: boolean },
  ): Promise<KeysOfTier> {
    const { cursor, limit, held = false } = page;
    const from = cursor === undefined ? 1 : Number.parseInt(cursor, 36);
    const atMost = { slots: slotsPerPage, limit };
    const { keys, next } = this.#memory.keysFrom(from, atMost, prefix, this.#clock.now(), held);
    return next === undefined ? { keys } : { keys, cursor: next.toString(36) };
  }

  async clear(): Promise<void> {
    await this.fence.duringWideWrite(async () => this.#memory.clear());
  }

  async prune(limit: number): Promise<number> {
    return this.#prune(limit, this.#clock.now());
  }

  #live(key: string, now: Millis): Entry | undefined {
    const entry = this.#memory.get(key, now);
    return entry !== undefined && isFresh(entry, now) ? entry : undefined;
  }
}
