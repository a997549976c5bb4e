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
  TierResult,
  Tiers,
} from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { conditionHolds } from '../policy/condition.js';
import { isFresh } from '../policy/lifetime.js';
import { markerAt } from '../tags/markers.js';
import type { StoredMarkers } from '../tags/stored-markers.js';
import { listedByTerm } from './listed-by-term.js';
import { reclaimCleared } from './reclaim-cleared.js';
import type { Recovery } from './recovery.js';
import type { StoreOutcomes } from './store-outcomes.js';
import { newer, StoreReads, type StoreReadsParts } from './store-reads.js';
import type { GuardedWrite } from './store-records.js';
import { TickBatch } from './tick-batch.js';
import type { WriteFence, WriteKind } from './write-fence.js';
import type { WriteOrder } from './write-order.js';

export interface StoreBackedParts extends StoreReadsParts {
  readonly markers: StoredMarkers;
  readonly onStoreError: 'degrade' | 'throw';
  readonly pruneMemory: (limit: number, now: Millis) => number;
  /** Absent where no other process writes the store. */
  readonly leases: LoadLeases | undefined;
  /** Tells other processes that what was loaded is stored. */
  readonly filled: (key: string) => void;
  readonly order: WriteOrder;
  readonly recovery: Recovery;
  /** A time later than that of any write before. */
  readonly nextStamp: () => Millis;
  /** Lets a write go on that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
  /** Aborts when the cache closes. */
  readonly closing: AbortSignal;
}

/**
 * One namespace on a store, with memory before it. The store is the truth. Memory takes plain writes at once, so that
 * this process reads what it wrote even while the store is away, and takes the outcome of conditional writes and
 * changes only after the store said it.
 */
export class StoreBacked implements Tiers {
  readonly fence: WriteFence;
  readonly leases: LoadLeases | undefined;
  readonly #order: WriteOrder;
  readonly #outcomes: StoreOutcomes;
  readonly #parts: StoreBackedParts;
  readonly #reads: StoreReads;
  readonly #writes: TickBatch<GuardedWrite, WriteResult[]>;
  readonly #fills: TickBatch<GuardedWrite, WriteResult[]>;

  constructor(parts: StoreBackedParts) {
    const { store, fence, outcomes, leases, order } = parts;
    this.#parts = parts;
    this.#order = order;
    this.fence = fence;
    this.leases = leases;
    const isAnswering = () => store.isAnswering;
    const setAll = (unlessInvalidated: boolean) => async (writes: readonly GuardedWrite[]) =>
      oneByOne(await store.set(writes, { unlessInvalidated }));
    this.#writes = new TickBatch({ isAnswering, askAll: setAll(false) });
    this.#fills = new TickBatch({ isAnswering, askAll: setAll(true) });
    this.#outcomes = outcomes;
    this.#reads = new StoreReads(parts);
  }

  get isAnswering(): boolean {
    return this.#parts.store.isAnswering;
  }

  getFresh(key: string): unknown {
    return this.#parts.memory.getFresh(key);
  }

  peek(key: string): Found | undefined {
    const entry = this.#inMemory(key);
    return entry === undefined ? undefined : { entry, tier: 'memory' };
  }

  find(key: string): Found | undefined | Promise<Found | undefined> {
    const { store, clock } = this.#parts;
    const inMemory = this.#inMemory(key);
    if (inMemory !== undefined && isFresh(inMemory, clock.now())) return { entry: inMemory, tier: 'memory' };
    const hiddenUpTo = this.#reads.hiddenUpTo(key);
    const result = store.getNow(key);
    if (result === undefined) return this.#reads.one(key, inMemory);
    const received = this.#outcomes.orDegrade('get', result, () => undefined);
    if (!result.ok) return newer(inMemory, this.#reads.unconfirmed(key));
    return newer(inMemory, this.#reads.answered(key, received, this.fence.isQuiet(key), hiddenUpTo));
  }

  async get(keys: readonly string[]): Promise<(Found | undefined)[]> {
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
    this.#putAll(writes);
    const [only] = writes;
    if (writes.length === 1 && only !== undefined) return this.#store(writes, 'change', () => this.#writes.ask(only));
    return this.#store(writes, 'change', () => this.#parts.store.set(writes, { unlessInvalidated: false }));
  }

  fill(
    key: string,
    write: EntryWrite,
    _now: Millis,
    lease: LoadLease | 'overdue' | undefined,
  ): Promise<boolean> | undefined {
    const filling = this.leases === undefined ? this.#fillAlone(key, write) : this.#fillUnder(lease, key, write);
    if (filling === undefined) return undefined;
    // Whoever waited may leave; closing waits for it all the same.
    this.#parts.background(filling);
    // A caller who has waited for the store in vain does not wait once more.
    return this.isAnswering ? filling : undefined;
  }

  async #fillAlone(key: string, write: EntryWrite): Promise<boolean> {
    const writes = [[key, write]] as const;
    this.#putAll(writes);
    await this.#store(writes, 'fill', () => this.#fills.ask([key, write]));
    return true;
  }

  /** Memory gets it when the store has it: somebody may have deleted the key in a process that we have not heard of. */
  #fillUnder(lease: LoadLease | 'overdue' | undefined, key: string, write: EntryWrite): Promise<boolean> | undefined {
    if (lease !== undefined && lease !== 'overdue') return this.#commit(lease, key, write);
    this.#putAll([[key, write]]);
    // Loaded while the store was away: to be believed as long as it stays away.
    if (lease === undefined) this.#parts.memory.doubt(key);
    return undefined;
  }

  async #commit(lease: LoadLease, key: string, write: EntryWrite): Promise<boolean> {
    const { memory, clock, filled } = this.#parts;
    let isStored = true;
    await this.#store([[key, write]], 'fill', async (isAlone) => {
      const result = await this.#fills.ask([key, write, lease.guard]);
      isStored = !result.ok || result.value[0] !== 'condition-failed';
      if (!isStored) memory.delete(key, clock.now());
      else if (isAlone()) memory.put(key, write, clock.now());
      if (result.ok && isStored) filled(key);
      // It may have arrived, or been refused.
      if (!result.ok) memory.doubt(key);
      return result;
    });
    return isStored;
  }

  #putAll(writes: readonly (readonly [string, EntryWrite])[]): void {
    const { memory, clock } = this.#parts;
    const now = clock.now();
    for (const [key, write] of writes) memory.put(key, write, now);
  }

  /** In one step with the fence and the order, which every plain write passes: each function that waits costs. */
  async #store(
    writes: readonly (readonly [string, EntryWrite])[],
    kind: WriteKind,
    send: (isAlone: () => boolean) => Promise<TierResult<WriteResult[]>>,
  ): Promise<EntryWriteResult[]> {
    const keys = writes.map(([key]) => key);
    const opened = this.fence.open(keys, kind);
    const turn = this.#order.enter(keys);
    let isOver = false;
    try {
      if (turn.waits) await turn.begun();
      const result = await send(() => opened.isAlone());
      isOver = result.ok;
      if (result.ok) this.#parts.recovery.reachedSets(writes, result.value);
      else this.#missed(writes, kind, result.error);
      return this.#outcomes.orDropped('set', keys, result, () => keys.map(() => 'dropped' as const));
    } finally {
      this.#order.leave(turn, isOver);
      opened.end();
    }
  }

  setOne(key: string, write: EntryWrite): Promise<EntryWriteResult> {
    const keys = [key];
    this.#putAll([[key, write]]);
    let result: WriteResult = 'created';
    const change = (current: object | undefined): EntryDecision => {
      result = current === undefined ? 'created' : 'replaced';
      return { kind: 'write', write };
    };
    return this.fence.duringWrite(keys, async () => {
      const outcome = await this.#order.inTurn(keys, async () => {
        const decided = await this.#parts.store.decide(key, write, change);
        if (decided.ok) this.#parts.recovery.reachedSets([[key, write]], [result]);
        else this.#missed([[key, write]], 'change', decided.error);
        return decided;
      });
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
      const outcome = await this.#truth(key, () => store.decide(key, write, change));
      if (outcome.ok && result !== 'condition-failed' && isAlone()) memory.put(key, write, clock.now());
      else memory.delete(key, clock.now());
      this.#outcomes.orThrow('set', outcome);
      return result;
    });
  }

  async delete(keys: readonly string[]): Promise<boolean[]> {
    const { memory, store, clock, recovery } = this.#parts;
    const now = clock.now();
    for (const key of keys) memory.delete(key, now);
    const stamp = this.#parts.nextStamp();
    return this.fence.duringWrite(keys, async () => {
      // All within the turn: what waits may be the next that is sent.
      const result = await this.#order.inTurn(keys, async () => {
        const deleted = await store.delete(keys);
        if (deleted.ok) recovery.reachedDelete(keys, stamp);
        else recovery.missedDelete(keys, stamp, deleted.error);
        return deleted;
      });
      return this.#outcomes.orDropped('delete', keys, result, () => keys.map(() => false));
    });
  }

  async modify(key: string, change: EntryChange): Promise<Entry | undefined> {
    const { memory, store, clock } = this.#parts;
    return this.fence.duringWrite([key], async (isAlone) => {
      const result = await this.#truth(key, () => store.modify(key, change));
      if (result.ok && result.value !== undefined && isAlone())
        return this.#ifLive(this.#reads.fillMemory(key, result.value));
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

  #missed(writes: readonly (readonly [string, EntryWrite])[], kind: WriteKind, error: Error): void {
    const { memory, clock, recovery, onStoreError } = this.#parts;
    if (onStoreError === 'throw') for (const [key] of writes) memory.delete(key, clock.now());
    else if (kind === 'change') recovery.missedSets(writes, error);
  }

  /** A change of what stands, which must be what this process has made of it. */
  #truth<T>(key: string, change: () => Promise<TierResult<T>>): Promise<TierResult<T>> {
    const settling = this.#parts.recovery.settle(key);
    if (settling === undefined) return this.#order.inTurn([key], change);
    return settling.then((settled) => (settled.ok ? this.#order.inTurn([key], change) : settled));
  }
}

function oneByOne<T>(result: TierResult<T[]>): TierResult<T[][]> {
  return result.ok ? { ok: true, value: result.value.map((each) => [each]) } : result;
}
