import type { Entry, RefreshAhead } from '../contracts/entry.js';
import type { Found, ReadToken, TakeFound } from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import { refreshPoint } from '../policy/early-refresh.js';
import { FoundInStore, foundInMemory, newer } from './found.js';
import type { MemoryTier } from './memory-tier.js';
import { PendingRead, type ReadAnswers } from './pending-read.js';
import type { Recovery } from './recovery.js';
import type { StoreOutcomes } from './store-outcomes.js';
import { type Decoded, finishAll, isReceived, type ReceivedEntry } from './store-records.js';
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
export class StoreReads implements ReadAnswers {
  readonly #parts: StoreReadsParts;
  readonly #outcomes: StoreOutcomes;
  readonly #batch: TickBatch<string, Decoded>;

  constructor(parts: StoreReadsParts) {
    const { store, outcomes } = parts;
    this.#parts = parts;
    this.#outcomes = outcomes;
    this.#batch = new TickBatch({ isAnswering: () => store.isAnswering, askAll: (keys) => store.get(keys) });
  }

  /** Goes out with what else is read in this tick. */
  one<T>(key: string, inMemory: Entry | undefined, take: TakeFound<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#batch.askFor(key, new PendingRead(this, key, inMemory, take, resolve, reject));
    });
  }

  async many(keys: readonly string[]): Promise<(Found | undefined)[]> {
    const tokens = this.#parts.memory.holds ? keys.map((key) => this.#parts.fence.begin(key)) : undefined;
    const hidden = keys.map((key) => this.hiddenUpTo(key));
    try {
      const result = await this.#parts.store.get(keys);
      const found: readonly Decoded[] = this.#outcomes.orDegrade('get', result, () => []);
      if (!result.ok) return keys.map((key) => this.unconfirmed(key));
      const entries = found.every(isReceived) ? found : await finishAll(found);
      return entries.map((received, at) =>
        this.answered(keys[at] as string, received, tokens?.[at]?.isCurrent() === true, hidden[at] as Millis),
      );
    } finally {
      if (tokens !== undefined) for (const token of tokens) token.end();
    }
  }

  beginFill(key: string): ReadToken | undefined {
    return this.#parts.memory.holds ? this.#parts.fence.begin(key) : undefined;
  }

  failed(key: string, inMemory: Entry | undefined, error: Error): Found | undefined {
    this.#outcomes.orDegrade('get', { ok: false, error }, () => undefined);
    return newer(inMemory, this.unconfirmed(key));
  }

  /** What memory has and the store cannot confirm is better than nothing while the store does not answer. */
  unconfirmed(key: string): Found | undefined {
    const entry = this.#parts.memory.doubtful(key);
    return entry === undefined ? undefined : foundInMemory(entry);
  }

  hiddenUpTo(key: string): Millis {
    return this.#parts.recovery.hiddenUpTo(key);
  }

  answered(key: string, received: ReceivedEntry | undefined, mayFill: boolean, hiddenUpTo: Millis): Found | undefined {
    const hidden = Math.max(hiddenUpTo, this.hiddenUpTo(key));
    if (received !== undefined && received.createdAt <= hidden) return undefined;
    if (received !== undefined) return this.#found(key, received, mayFill);
    this.#parts.memory.dropDoubtful(key);
    return undefined;
  }

  #found(key: string, received: ReceivedEntry, mayFill: boolean): Found {
    if (!mayFill || !this.#parts.memory.holds) return new FoundInStore(received);
    const entry = this.fillMemory(key, received);
    const { value, createdAt, freshUntil } = entry;
    return { tier: 'store', value, createdAt, freshUntil, entry };
  }

  /** Memory keeps the decoded value, so the caller gets a copy where the value could be changed. */
  fillMemory(key: string, received: ReceivedEntry): Entry {
    const { memory, sharing, clock, refreshAhead } = this.#parts;
    const write = sharing.received(received, refreshPoint(received.entry, refreshAhead));
    memory.put(key, write, clock.now());
    if (!write.survey.isMutable) return received.entry;
    return Object.freeze({ ...received.entry, value: sharing.copyForReader(received.value) });
  }
}
