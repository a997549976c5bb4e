import type { Entry, Version } from '../contracts/entry.js';
import type { LoadLease, LoadLeases } from '../contracts/lease.js';
import type { WriteResult } from '../contracts/store.js';
import type {
  EntryChange,
  EntryCondition,
  EntryDecision,
  EntryWrite,
  EntryWriteResult,
  Found,
  KeysOfTier,
  TakeFound,
  TakeWritten,
  TierResult,
  Tiers,
} from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { StoreError } from '../errors.js';
import { conditionHolds } from '../policy/condition.js';
import { isFresh } from '../policy/lifetime.js';
import { markerAt } from '../tags/markers.js';
import type { StoredMarkers } from '../tags/stored-markers.js';
import { foundInMemory, newer } from './found.js';
import { listedByTerm } from './listed-by-term.js';
import { reclaimCleared } from './reclaim-cleared.js';
import type { StoreOutcomes } from './store-outcomes.js';
import { StoreReads, type StoreReadsParts } from './store-reads.js';
import { StoreWrites } from './store-writes.js';
import type { StoreWritesParts } from './store-writes-parts.js';
import type { WriteFence } from './write-fence.js';
import type { WriteOrder } from './write-order.js';

export interface StoreBackedParts extends Omit<StoreReadsParts, 'recovery'>, StoreWritesParts {
  readonly markers: StoredMarkers;
  readonly pruneMemory: (limit: number, now: Millis) => number;
  /** Aborts when the cache closes. */
  readonly closing: AbortSignal;
}

/**
 * One namespace on a store, with memory before it. The store is the truth. Memory takes plain writes at once, so that
 * this process reads what it wrote even while the store is away, and takes the outcome of conditional writes and
 * changes only after the store said it.
 */
export class StoreBacked implements Tiers {
  readonly isAllInMemory = false;
  readonly fence: WriteFence;
  readonly leases: LoadLeases | undefined;
  readonly #order: WriteOrder;
  readonly #outcomes: StoreOutcomes;
  readonly #parts: StoreBackedParts;
  readonly #reads: StoreReads;
  readonly #writes: StoreWrites;

  constructor(parts: StoreBackedParts) {
    const { fence, outcomes, leases, order } = parts;
    this.#parts = parts;
    this.#order = order;
    this.fence = fence;
    this.leases = leases;
    this.#outcomes = outcomes;
    this.#reads = new StoreReads(parts);
    this.#writes = new StoreWrites(parts);
  }

  get isAnswering(): boolean {
    return this.#parts.store.isAnswering;
  }

  getFresh(key: string): unknown {
    return this.#parts.memory.getFresh(key);
  }

  peek(key: string, now?: Millis): Found | undefined {
    const entry = this.#inMemory(key, now);
    return entry === undefined ? undefined : foundInMemory(entry);
  }

  find(key: string): Found | undefined | Promise<Found | undefined> {
    return this.read(key, asFound);
  }

  read<T>(key: string, take: TakeFound<T>): T | Promise<T> {
    const { store, clock } = this.#parts;
    const inMemory = this.#inMemory(key);
    if (inMemory !== undefined && isFresh(inMemory, clock.now())) return take(key, foundInMemory(inMemory));
    if (!store.readsAtOnce) return this.#reads.one(key, inMemory, take);
    const hiddenUpTo = this.#reads.hiddenUpTo(key);
    const result = store.getNow(key);
    if (result === undefined) return this.#reads.one(key, inMemory, take);
    if (!result.ok) return take(key, this.#reads.failed(key, inMemory, result.error));
    const found = this.#reads.answered(key, result.value, this.fence.isQuiet(key), hiddenUpTo);
    return take(key, newer(inMemory, found));
  }

  async get(keys: readonly string[]): Promise<(Found | undefined)[]> {
    const { memory, recovery } = this.#parts;
    // Nothing can be found here then.
    if (!memory.holds && !recovery.holds) return this.#reads.many(keys);
    const now = this.#parts.clock.now();
    const inMemory = keys.map((key) => this.#inMemory(key, now));
    const isAnswered = inMemory.map((entry) => entry !== undefined && isFresh(entry, now));
    const missing = keys.filter((_, at) => !isAnswered[at]);
    const stored = missing.length === 0 ? [].values() : (await this.#reads.many(missing)).values();
    return inMemory.map((entry, at) => newer(entry, isAnswered[at] ? undefined : stored.next().value));
  }

  /** What waits for the store is newer than what that has. What is doubtful counts only while nobody can be asked. */
  #inMemory(key: string, now?: Millis): Entry | undefined {
    const { memory, recovery } = this.#parts;
    const held = memory.get(key, now) ?? recovery.entry(key, now);
    return held ?? (this.isAnswering ? undefined : memory.doubtful(key));
  }

  setNow(): undefined {
    return undefined;
  }

  set(writes: readonly (readonly [string, EntryWrite])[]): Promise<EntryWriteResult[]> {
    return this.#writes.set(writes);
  }

  setAwaited<T>(key: string, write: EntryWrite, take: TakeWritten<T>): Promise<T> {
    return this.#writes.one(key, write, take);
  }

  fill(
    key: string,
    write: EntryWrite,
    _now: Millis,
    lease: LoadLease | 'overdue' | undefined,
  ): Promise<boolean> | undefined {
    return this.#writes.fill(key, write, lease);
  }

  setOne(key: string, write: EntryWrite): Promise<EntryWriteResult> {
    return this.#writes.setOne(key, write);
  }

  delete(keys: readonly string[]): Promise<boolean[]> {
    return this.#writes.delete(keys);
  }

  /** A change, because only what is live counts for the condition, and a store does not know what is stale. */
  async setIf(key: string, write: EntryWrite, condition: EntryCondition): Promise<WriteResult> {
    const { memory, store, clock } = this.#parts;
    let result: WriteResult = 'condition-failed';
    const change = (current: { readonly version: Version } | undefined): EntryDecision => {
      if (!conditionHolds(condition, current)) {
        result = 'condition-failed';
        return { kind: 'keep' };
      }
      result = current === undefined ? 'created' : 'replaced';
      return { kind: 'write', write };
    };
    return this.fence.duringWrite([key], async (isAlone) => {
      const outcome = await this.#truth(key, () => store.decide(key, write, change));
      if (outcome.ok && result !== 'condition-failed' && isAlone()) memory.put(key, write, clock.now());
      else memory.delete(key, clock.now());
      this.#tellIfUncertain(key, outcome);
      this.#outcomes.orThrow('set', outcome);
      return result;
    });
  }

  async modify(key: string, change: EntryChange): Promise<Entry | undefined> {
    const { memory, store, clock } = this.#parts;
    return this.fence.duringWrite([key], async (isAlone) => {
      const result = await this.#truth(key, () => store.modify(key, change));
      if (result.ok && result.value !== undefined && isAlone())
        return this.#ifLive(this.#reads.fillMemory(key, result.value));
      memory.delete(key, clock.now());
      this.#tellIfUncertain(key, result);
      return this.#ifLive(this.#outcomes.orThrow('modify', result)?.entry);
    });
  }

  async keys(
    prefix: string,
    page: { cursor?: string | undefined; limit: number; held?: boolean },
  ): Promise<KeysOfTier> {
    return this.#outcomes.orThrow('keys', await this.#parts.store.keys(prefix, page));
  }

  async invalidateTags(tags: readonly string[], time: Millis, remove: boolean): Promise<void> {
    const { store, markers, recovery } = this.#parts;
    const marker = markerAt(time, remove);
    markers.raiseHere(tags, marker);
    const result = await store.invalidateTags(new Map(tags.map((tag) => [tag, marker])));
    if (!result.ok) recovery.missedInvalidation(tags, marker, result.error);
    this.#outcomes.orDropped('invalidateTags', [], result, () => undefined);
  }

  get generation(): number {
    return this.#parts.markers.generation;
  }

  invalidatedAt(createdAt: Millis, tags: readonly string[]): Millis | undefined {
    return this.#parts.markers.invalidatedAt(createdAt, tags);
  }

  keysByTerm(name: string, value: string): Promise<readonly string[]> {
    return listedByTerm({ name, value }, this.#parts.store, this.#outcomes);
  }

  /**
   * One marker hides everything at once. What it hides is then removed in the background, because an entry without an
   * end would stay for ever.
   */
  async clear(time: Millis): Promise<void> {
    const { memory, store, background, closing, recovery } = this.#parts;
    memory.clear();
    const result = await this.fence.duringWideWrite(() => store.clear(time));
    if (!result.ok && recovery.missedClear(time, result.error)) {
      this.#outcomes.orDropped('clear', [], result, () => undefined);
      return;
    }
    this.#outcomes.orThrow('clear', result);
    recovery.reachedClear(time);
    background(reclaimCleared(store, time, closing));
  }

  async prune(limit: number): Promise<number> {
    this.#parts.pruneMemory(limit, this.#parts.clock.now());
    return this.#outcomes.orDegrade('prune', await this.#parts.store.prune(limit), () => 0);
  }

  #ifLive(entry: Entry | undefined): Entry | undefined {
    return entry !== undefined && isFresh(entry, this.#parts.clock.now()) ? entry : undefined;
  }

  /** What failed in the store may have been done; what the caller's own change threw was not. */
  #tellIfUncertain(key: string, result: TierResult<unknown>): void {
    if (!result.ok && result.error instanceof StoreError) this.#parts.uncertain([key]);
  }

  /** A change of what stands, which must be what this process has made of it. */
  #truth<T>(key: string, change: () => Promise<TierResult<T>>): Promise<TierResult<T>> {
    const settling = this.#parts.recovery.settle(key);
    if (settling === undefined) return this.#order.inTurn([key], change);
    return settling.then((settled) => (settled.ok ? this.#order.inTurn([key], change) : settled));
  }
}

function asFound(_key: string, found: Found | undefined): Found | undefined {
  return found;
}
