import type { LoadLease, LoadLeases } from '../contracts/lease.js';
import type { WriteResult } from '../contracts/store.js';
import type { EntryDecision, EntryWrite, EntryWriteResult, TierResult } from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import type { MemoryTier } from './memory-tier.js';
import type { Recovery } from './recovery.js';
import type { StoreOutcomes } from './store-outcomes.js';
import type { GuardedWrite } from './store-records.js';
import type { StoreTier } from './store-tier.js';
import { TickBatch } from './tick-batch.js';
import type { WriteFence, WriteKind } from './write-fence.js';
import type { WriteOrder } from './write-order.js';

export interface StoreWritesParts {
  readonly memory: MemoryTier;
  readonly store: StoreTier;
  readonly fence: WriteFence;
  readonly outcomes: StoreOutcomes;
  readonly order: WriteOrder;
  readonly recovery: Recovery;
  readonly clock: Clock;
  readonly onStoreError: 'degrade' | 'throw';
  /** Absent where no other process writes the store. */
  readonly leases: LoadLeases | undefined;
  /** Tells other processes that what was loaded is stored. */
  readonly filled: (key: string) => void;
  /** Tells other processes that these keys may have been written, although the call was rejected. */
  readonly uncertain: (keys: readonly string[]) => void;
  /** A time later than that of any write before. */
  readonly nextStamp: () => Millis;
  /** Lets a write go on that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
}

/**
 * Writes that need not know what stands: memory takes them at once, and where the store fails they wait for it, or are
 * told as failed.
 */
export class StoreWrites {
  readonly #parts: StoreWritesParts;
  readonly #writes: TickBatch<GuardedWrite, WriteResult[]>;
  readonly #fills: TickBatch<GuardedWrite, WriteResult[]>;

  constructor(parts: StoreWritesParts) {
    const { store } = parts;
    this.#parts = parts;
    const isAnswering = () => store.isAnswering;
    const setAll = (unlessInvalidated: boolean) => async (writes: readonly GuardedWrite[]) =>
      oneByOne(await store.set(writes, { unlessInvalidated }));
    this.#writes = new TickBatch({ isAnswering, askAll: setAll(false) });
    this.#fills = new TickBatch({ isAnswering, askAll: setAll(true) });
  }

  set(writes: readonly (readonly [string, EntryWrite])[]): Promise<EntryWriteResult[]> {
    this.#putAll(writes);
    const [only] = writes;
    if (writes.length === 1 && only !== undefined) return this.#store(writes, 'change', () => this.#writes.ask(only));
    return this.#store(writes, 'change', () => this.#parts.store.set(writes, { unlessInvalidated: false }));
  }

  /** See {@link Tiers.fill}. */
  fill(key: string, write: EntryWrite, lease: LoadLease | 'overdue' | undefined): Promise<boolean> | undefined {
    const filling = this.#parts.leases === undefined ? this.#fillAlone(key, write) : this.#fillUnder(lease, key, write);
    if (filling === undefined) return undefined;
    // Whoever waited may leave; closing waits for it all the same.
    this.#parts.background(filling);
    // A caller who has waited for the store in vain does not wait once more.
    return this.#parts.store.isAnswering ? filling : undefined;
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
    const opened = this.#parts.fence.open(keys, kind);
    const turn = this.#parts.order.enter(keys);
    let isOver = false;
    try {
      if (turn.waits) await turn.begun();
      const result = await send(() => opened.isAlone());
      isOver = result.ok;
      if (result.ok) this.#parts.recovery.reachedSets(writes, result.value);
      else this.#missed(writes, kind, result.error);
      return this.#parts.outcomes.orDropped('set', keys, result, () => keys.map(() => 'dropped' as const));
    } finally {
      this.#parts.order.leave(turn, isOver);
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
    return this.#parts.fence.duringWrite(keys, async () => {
      const outcome = await this.#parts.order.inTurn(keys, async () => {
        const decided = await this.#parts.store.decide(key, write, change);
        if (decided.ok) this.#parts.recovery.reachedSets([[key, write]], [result]);
        else this.#missed([[key, write]], 'change', decided.error);
        return decided;
      });
      this.#parts.outcomes.orDropped('set', keys, outcome, () => undefined);
      return outcome.ok ? result : 'dropped';
    });
  }

  async delete(keys: readonly string[]): Promise<boolean[]> {
    const { memory, store, clock, recovery, onStoreError, uncertain } = this.#parts;
    const now = clock.now();
    for (const key of keys) memory.delete(key, now);
    const stamp = this.#parts.nextStamp();
    return this.#parts.fence.duringWrite(keys, async () => {
      // All within the turn: what waits may be the next that is sent.
      const result = await this.#parts.order.inTurn(keys, async () => {
        const deleted = await store.delete(keys);
        if (deleted.ok) recovery.reachedDelete(keys, stamp);
        else recovery.missedDelete(keys, stamp, deleted.error);
        if (!deleted.ok && onStoreError === 'throw') uncertain(keys);
        return deleted;
      });
      return this.#parts.outcomes.orDropped('delete', keys, result, () => keys.map(() => false));
    });
  }

  #missed(writes: readonly (readonly [string, EntryWrite])[], kind: WriteKind, error: Error): void {
    const { memory, clock, recovery, onStoreError } = this.#parts;
    if (onStoreError === 'throw') {
      for (const [key] of writes) memory.delete(key, clock.now());
      if (kind === 'change') this.#parts.uncertain(writes.map(([key]) => key));
    } else if (kind === 'change') recovery.missedSets(writes, error);
  }
}

function oneByOne<T>(result: TierResult<T[]>): TierResult<T[][]> {
  return result.ok ? { ok: true, value: result.value.map((each) => [each]) } : result;
}
