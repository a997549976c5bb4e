import type { Entry, RefreshAhead, Version } from '../contracts/entry.js';
import type { WriteResult } from '../contracts/store.js';
import type {
  EntryChange,
  EntryCondition,
  EntryDecision,
  EntryWrite,
  EntryWriteResult,
  Found,
  KeysOfTier,
  StoreReport,
  TierResult,
  Tiers,
} from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import { conditionHolds } from '../policy/condition.js';
import { refreshPoint } from '../policy/early-refresh.js';
import { isFresh } from '../policy/lifetime.js';
import { markerAt } from '../tags/markers.js';
import type { StoredMarkers } from '../tags/stored-markers.js';
import type { MemoryTier } from './memory-tier.js';
import { reclaimCleared } from './reclaim-cleared.js';
import { StoreOutcomes } from './store-outcomes.js';
import { type Decoded, finishAll, isLate, isReceived, type ReceivedEntry } from './store-records.js';
import type { StoreTier } from './store-tier.js';
import { TickBatch } from './tick-batch.js';
import type { SharingMode } from './value-sharing.js';
import { WriteFence, type WriteKind } from './write-fence.js';
import { WriteOrder } from './write-order.js';

export interface StoreBackedParts {
  readonly memory: MemoryTier;
  readonly store: StoreTier;
  readonly markers: StoredMarkers;
  readonly clock: Clock;
  readonly onStoreError: 'degrade' | 'throw';
  readonly sharing: SharingMode;
  /** For entries that were written elsewhere. */
  readonly refreshAhead: RefreshAhead;
  readonly pruneMemory: (limit: number, now: Millis) => number;
  readonly report: StoreReport;
  /** Lets a write go on that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
  /** Aborts when the cache closes. */
  readonly closing: AbortSignal;
}

const keysPerStep = 512;

/**
 * One namespace on a store, with memory before it. The store is the truth. Memory takes plain writes at once, so that
 * this process reads what it wrote even while the store is away, and takes the outcome of conditional writes and
 * changes only after the store said it.
 */
export class StoreBacked implements Tiers {
  readonly fence = new WriteFence();
  readonly #order = new WriteOrder();
  readonly #outcomes: StoreOutcomes;
  readonly #parts: StoreBackedParts;
  readonly #reads: TickBatch<string, Decoded>;
  readonly #writes: TickBatch<readonly [string, EntryWrite], WriteResult[]>;
  readonly #fills: TickBatch<readonly [string, EntryWrite], WriteResult[]>;

  constructor(parts: StoreBackedParts) {
    const { store } = parts;
    this.#parts = parts;
    const isAnswering = () => store.isAnswering;
    this.#reads = new TickBatch({ isAnswering, askAll: (keys) => store.get(keys) });
    const setAll = (unlessInvalidated: boolean) => async (writes: readonly (readonly [string, EntryWrite])[]) =>
      oneByOne(await store.set(writes, { unlessInvalidated }));
    this.#writes = new TickBatch({ isAnswering, askAll: setAll(false) });
    this.#fills = new TickBatch({ isAnswering, askAll: setAll(true) });
    this.#outcomes = new StoreOutcomes(parts.onStoreError, parts.report);
  }

  get isAnswering(): boolean {
    return this.#parts.store.isAnswering;
  }

  getFresh(key: string): unknown {
    return this.#parts.memory.getFresh(key);
  }

  peek(key: string): Found | undefined {
    const { memory } = this.#parts;
    const entry = memory.holds ? memory.get(key) : undefined;
    return entry === undefined ? undefined : { entry, tier: 'memory' };
  }

  find(key: string): Found | undefined | Promise<Found | undefined> {
    const { memory, store, clock } = this.#parts;
    const inMemory = memory.holds ? memory.get(key) : undefined;
    if (inMemory !== undefined && isFresh(inMemory, clock.now())) return { entry: inMemory, tier: 'memory' };
    const result = store.getNow(key);
    if (result === undefined) return this.#readOne(key, inMemory);
    const received = this.#outcomes.orDegrade('get', result, () => undefined);
    if (received === undefined) return newer(inMemory, undefined);
    return newer(inMemory, this.#foundInStore(key, received, this.fence.isQuiet(key)));
  }

  async get(keys: readonly string[]): Promise<(Found | undefined)[]> {
    const { memory, clock } = this.#parts;
    const now = clock.now();
    const inMemory = keys.map((key) => memory.get(key, now));
    const isAnswered = inMemory.map((entry) => entry !== undefined && isFresh(entry, now));
    const missing = keys.filter((_, at) => !isAnswered[at]);
    const stored = missing.length === 0 ? [].values() : (await this.#readStore(missing)).values();
    return inMemory.map((entry, at) => newer(entry, isAnswered[at] ? undefined : stored.next().value));
  }

  setNow(): undefined {
    return undefined;
  }

  set(writes: readonly (readonly [string, EntryWrite])[]): Promise<EntryWriteResult[]> {
    const keys = this.#putAll(writes);
    const [only] = writes;
    if (writes.length === 1 && only !== undefined) return this.#store(keys, 'change', () => this.#writes.ask(only));
    return this.#store(keys, 'change', () => this.#parts.store.set(writes, { unlessInvalidated: false }));
  }

  fill(key: string, write: EntryWrite): Promise<void> | undefined {
    const keys = this.#putAll([[key, write]]);
    const writing = this.#store(keys, 'fill', () => this.#fills.ask([key, write]));
    // Whoever waited may leave; closing waits for it all the same.
    this.#parts.background(writing);
    // A caller who has waited for the store in vain does not wait once more.
    return this.isAnswering ? writing.then(() => undefined) : undefined;
  }

  #putAll(writes: readonly (readonly [string, EntryWrite])[]): string[] {
    const { memory, clock } = this.#parts;
    const now = clock.now();
    return writes.map(([key, write]) => {
      memory.put(key, write, now);
      return key;
    });
  }

  /** In one step with the fence and the order, which every plain write passes: each function that waits costs. */
  async #store(
    keys: readonly string[],
    kind: WriteKind,
    send: () => Promise<TierResult<WriteResult[]>>,
  ): Promise<EntryWriteResult[]> {
    const opened = this.fence.open(keys, kind);
    const turn = this.#order.enter(keys);
    let isOver = false;
    try {
      if (turn.waits) await turn.begun();
      const result = await send();
      isOver = result.ok;
      if (!result.ok) this.#forgetUnlessDegrading(keys);
      return this.#outcomes.orDropped('set', keys, result, () => keys.map(() => 'dropped' as const));
    } finally {
      this.#order.leave(turn, isOver);
      opened.end();
    }
  }

  setOne(key: string, write: EntryWrite): Promise<EntryWriteResult> {
    const keys = this.#putAll([[key, write]]);
    let result: WriteResult = 'created';
    const change = (current: object | undefined): EntryDecision => {
      result = current === undefined ? 'created' : 'replaced';
      return { kind: 'write', write };
    };
    return this.fence.duringWrite(keys, async () => {
      const outcome = await this.#order.inTurn(keys, () => this.#parts.store.decide(key, write, change));
      if (!outcome.ok) this.#forgetUnlessDegrading(keys);
      this.#outcomes.orDropped('set', keys, outcome, () => undefined);
      return outcome.ok ? result : 'dropped';
    });
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
      const outcome = await this.#order.inTurn([key], () => store.decide(key, write, change));
      if (outcome.ok && result !== 'condition-failed' && isAlone()) memory.put(key, write, clock.now());
      else memory.delete(key, clock.now());
      this.#outcomes.orThrow('set', outcome);
      return result;
    });
  }

  async delete(keys: readonly string[]): Promise<boolean[]> {
    const { memory, store, clock } = this.#parts;
    const now = clock.now();
    for (const key of keys) memory.delete(key, now);
    return this.fence.duringWrite(keys, async () => {
      const result = await this.#order.inTurn(keys, () => store.delete(keys));
      return this.#outcomes.orDropped('delete', keys, result, () => keys.map(() => false));
    });
  }

  async modify(key: string, change: EntryChange): Promise<Entry | undefined> {
    const { memory, store, clock } = this.#parts;
    return this.fence.duringWrite([key], async (isAlone) => {
      const result = await this.#order.inTurn([key], () => store.modify(key, change));
      if (result.ok && result.value !== undefined && isAlone())
        return this.#ifLive(this.#fillMemory(key, result.value));
      memory.delete(key, clock.now());
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
    const { store, markers } = this.#parts;
    const marker = markerAt(time, remove);
    markers.raiseHere(tags, marker);
    const result = await store.invalidateTags(tags, marker);
    this.#outcomes.orDropped('invalidateTags', [], result, () => undefined);
  }

  get generation(): number {
    return this.#parts.markers.generation;
  }

  invalidatedAt(createdAt: Millis, tags: readonly string[]): Millis | undefined {
    return this.#parts.markers.invalidatedAt(createdAt, tags);
  }

  async keysByTerm(name: string, value: string): Promise<readonly string[]> {
    const all: string[] = [];
    let cursor: string | undefined;
    do {
      const result = await this.#parts.store.keysByTerm({ name, value }, { cursor, limit: keysPerStep });
      const page = this.#outcomes.orThrow('keysByTerm', result);
      all.push(...page.keys);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
  }

  /**
   * One marker hides everything at once. What it hides is then removed in the background, because an entry without an
   * end would stay for ever.
   */
  async clear(time: Millis): Promise<void> {
    const { memory, store, background, closing } = this.#parts;
    memory.clear();
    await this.fence.duringWideWrite(async () => this.#outcomes.orThrow('clear', await store.clear(time)));
    background(reclaimCleared(store, time, closing));
  }

  async prune(limit: number): Promise<number> {
    this.#parts.pruneMemory(limit, this.#parts.clock.now());
    return this.#outcomes.orDegrade('prune', await this.#parts.store.prune(limit), () => 0);
  }

  async #readOne(key: string, inMemory: Entry | undefined): Promise<Found | undefined> {
    const token = this.fence.begin(key);
    try {
      const decoded: Decoded = this.#outcomes.orDegrade('get', await this.#reads.ask(key), () => undefined);
      const received = isLate(decoded) ? await decoded.finish() : decoded;
      return newer(inMemory, received && this.#foundInStore(key, received, token.isCurrent()));
    } finally {
      token.end();
    }
  }

  /** Fills memory with what it found, unless the key was written meanwhile. */
  async #readStore(keys: readonly string[]): Promise<(Found | undefined)[]> {
    const { store } = this.#parts;
    const tokens = keys.map((key) => this.fence.begin(key));
    try {
      const result = await store.get(keys);
      const found: readonly Decoded[] = this.#outcomes.orDegrade('get', result, () => keys.map(() => undefined));
      const entries = found.every(isReceived) ? found : await finishAll(found);
      return entries.map((received, at) =>
        received === undefined
          ? undefined
          : this.#foundInStore(keys[at] as string, received, tokens[at]?.isCurrent() === true),
      );
    } finally {
      for (const token of tokens) token.end();
    }
  }

  #foundInStore(key: string, received: ReceivedEntry, mayFill: boolean): Found {
    const entry = mayFill && this.#parts.memory.holds ? this.#fillMemory(key, received) : received.entry;
    return { entry, tier: 'store' };
  }

  /** Memory keeps the decoded value, so the caller gets a copy where the value could be changed. */
  #fillMemory(key: string, received: ReceivedEntry): Entry {
    const { memory, sharing, clock, refreshAhead } = this.#parts;
    const write = sharing.received(received, refreshPoint(received.entry, refreshAhead));
    memory.put(key, write, clock.now());
    if (!write.survey.isMutable) return received.entry;
    return Object.freeze({ ...received.entry, value: sharing.copyForReader(received.entry.value) });
  }

  #ifLive(entry: Entry | undefined): Entry | undefined {
    return entry !== undefined && isFresh(entry, this.#parts.clock.now()) ? entry : undefined;
  }

  #forgetUnlessDegrading(keys: readonly string[]): void {
    if (this.#parts.onStoreError === 'degrade') return;
    for (const key of keys) this.#parts.memory.delete(key, this.#parts.clock.now());
  }
}

function oneByOne<T>(result: TierResult<T[]>): TierResult<T[][]> {
  return result.ok ? { ok: true, value: result.value.map((each) => [each]) } : result;
}

/** Memory can hold what the store never got, and the store what another process wrote. */
function newer(inMemory: Entry | undefined, inStore: Found | undefined): Found | undefined {
  if (inMemory === undefined) return inStore;
  if (inStore === undefined || inStore.entry.createdAt < inMemory.createdAt) return { entry: inMemory, tier: 'memory' };
  return inStore;
}
