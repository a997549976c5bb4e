import type { Entry, RefreshAhead } from '../contracts/entry.js';
import type { Found } from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import { refreshPoint } from '../policy/early-refresh.js';
import type { MemoryTier } from './memory-tier.js';
import type { Recovery } from './recovery.js';
import type { StoreOutcomes } from './store-outcomes.js';
import { type Decoded, finishAll, isLate, isReceived, type ReceivedEntry } from './store-records.js';
import type { StoreTier } from './store-tier.js';
import { TickBatch } from './tick-batch.js';
import type { SharingMode } from './value-sharing.js';
import type { WriteFence } from './write-fence.js';

export interface StoreReadsParts {
  readonly memory: MemoryTier;
  readonly store: StoreTier;
  readonly fence: WriteFence;
  readonly outcomes: StoreOutcomes;
  readonly clock: Clock;
  readonly sharing: SharingMode;
  /** For entries that were written elsewhere. */
  readonly refreshAhead: RefreshAhead;
  readonly recovery: Pick<Recovery, 'entry' | 'hiddenUpTo'>;
}

/** Reads a store, and fills memory with what it found, unless the key was written meanwhile. */
export class StoreReads {
  readonly #parts: StoreReadsParts;
  readonly #fence: WriteFence;
  readonly #outcomes: StoreOutcomes;
  readonly #batch: TickBatch<string, Decoded>;

  constructor(parts: StoreReadsParts) {
    const { store, fence, outcomes } = parts;
    this.#parts = parts;
    this.#fence = fence;
    this.#outcomes = outcomes;
    this.#batch = new TickBatch({ isAnswering: () => store.isAnswering, askAll: (keys) => store.get(keys) });
  }

  /** Goes out with what else is read in this tick. */
  async one(key: string, inMemory: Entry | undefined): Promise<Found | undefined> {
    const token = this.#fence.begin(key);
    const hiddenUpTo = this.hiddenUpTo(key);
    try {
      const result = await this.#batch.ask(key);
      const decoded: Decoded = this.#outcomes.orDegrade('get', result, () => undefined);
      if (!result.ok) return newer(inMemory, this.unconfirmed(key));
      const received = isLate(decoded) ? await decoded.finish() : decoded;
      return newer(inMemory, this.answered(key, received, token.isCurrent(), hiddenUpTo));
    } finally {
      token.end();
    }
  }

  async many(keys: readonly string[]): Promise<(Found | undefined)[]> {
    const { store } = this.#parts;
    const tokens = keys.map((key) => this.#fence.begin(key));
    const hidden = keys.map((key) => this.hiddenUpTo(key));
    try {
      const result = await store.get(keys);
      const found: readonly Decoded[] = this.#outcomes.orDegrade('get', result, () => keys.map(() => undefined));
      if (!result.ok) return keys.map((key) => this.unconfirmed(key));
      const entries = found.every(isReceived) ? found : await finishAll(found);
      return entries.map((received, at) =>
        this.answered(keys[at] as string, received, tokens[at]?.isCurrent() === true, hidden[at] as Millis),
      );
    } finally {
      for (const token of tokens) token.end();
    }
  }

  /** What memory has and the store cannot confirm is better than nothing while the store does not answer. */
  unconfirmed(key: string): Found | undefined {
    const entry = this.#parts.memory.doubtful(key);
    return entry === undefined ? undefined : { entry, tier: 'memory' };
  }

  /** What waits for the store is newer than what it has; to be asked before the store is, and it may wait no more then. */
  hiddenUpTo(key: string): Millis {
    return this.#parts.recovery.hiddenUpTo(key);
  }

  answered(key: string, received: ReceivedEntry | undefined, mayFill: boolean, hiddenUpTo: Millis): Found | undefined {
    const hidden = Math.max(hiddenUpTo, this.hiddenUpTo(key));
    if (received !== undefined && received.entry.createdAt <= hidden) return undefined;
    if (received !== undefined) return this.#found(key, received, mayFill);
    this.#parts.memory.dropDoubtful(key);
    return undefined;
  }

  #found(key: string, received: ReceivedEntry, mayFill: boolean): Found {
    const entry = mayFill && this.#parts.memory.holds ? this.fillMemory(key, received) : received.entry;
    return { entry, tier: 'store' };
  }

  /** Memory keeps the decoded value, so the caller gets a copy where the value could be changed. */
  fillMemory(key: string, received: ReceivedEntry): Entry {
    const { memory, sharing, clock, refreshAhead } = this.#parts;
    const write = sharing.received(received, refreshPoint(received.entry, refreshAhead));
    memory.put(key, write, clock.now());
    if (!write.survey.isMutable) return received.entry;
    return Object.freeze({ ...received.entry, value: sharing.copyForReader(received.entry.value) });
  }
}

/** Memory can hold what the store never got, and the store what another process wrote. */
export function newer(inMemory: Entry | undefined, inStore: Found | undefined): Found | undefined {
  if (inMemory === undefined) return inStore;
  if (inStore === undefined || inStore.entry.createdAt < inMemory.createdAt) return { entry: inMemory, tier: 'memory' };
  return inStore;
}
