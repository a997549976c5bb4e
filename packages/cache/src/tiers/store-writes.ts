import type { LoadLease } from '../contracts/lease.js';
import type { WriteResult } from '../contracts/store.js';
import type { EntryDecision, EntryWrite, EntryWriteResult, TakeWritten, TierResult } from '../contracts/tier.js';
import { missed } from './missed-writes.js';
import { PendingWrite } from './pending-write.js';
import type { GuardedWrite } from './store-records.js';
import type { StoreWritesParts } from './store-writes-parts.js';
import { TickBatch } from './tick-batch.js';
import type { WriteKind } from './write-fence.js';

/**
 * Writes that need not know what stands: memory takes them at once, and where the store fails they wait for it, or are
 * told as failed.
 */
export class StoreWrites {
  readonly #parts: StoreWritesParts;
  readonly #writes: TickBatch<GuardedWrite, WriteResult>;
  readonly #fills: TickBatch<GuardedWrite, WriteResult>;

  constructor(parts: StoreWritesParts) {
    const { store } = parts;
    this.#parts = parts;
    const isAnswering = () => store.isAnswering;
    this.#writes = new TickBatch({ isAnswering, askAll: (writes) => store.set(writes, { unlessInvalidated: false }) });
    this.#fills = new TickBatch({ isAnswering, askAll: (writes) => store.set(writes, { unlessInvalidated: true }) });
  }

  set(writes: readonly (readonly [string, EntryWrite])[]): Promise<EntryWriteResult[]> {
    const [only] = writes;
    if (writes.length === 1 && only !== undefined) return this.one(only[0], only[1], inArray);
    this.#putAll(writes);
    return this.#store(writes, 'change', () => this.#parts.store.set(writes, { unlessInvalidated: false }));
  }

  /** Goes out with what else is written in this tick. */
  one<T>(key: string, write: EntryWrite, take: TakeWritten<T>): Promise<T> {
    this.#parts.memory.put(key, write, this.#parts.clock.now());
    return new Promise((resolve, reject) => {
      new PendingWrite(this.#parts, key, write, take, resolve, reject).leaveBy(this.#writes);
    });
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
    await this.#store(writes, 'fill', async () => asList(await this.#fills.ask([key, write])));
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
      isStored = !result.ok || result.value !== 'condition-failed';
      if (!isStored) memory.delete(key, clock.now());
      else if (isAlone()) memory.put(key, write, clock.now());
      if (result.ok && isStored) filled(key);
      // It may have arrived, or been refused.
      if (!result.ok) memory.doubt(key);
      return asList(result);
    });
    return isStored;
  }

  #putAll(writes: readonly (readonly [string, EntryWrite])[]): void {
    const { memory, clock } = this.#parts;
    const now = clock.now();
    for (const [key, write] of writes) memory.put(key, write, now);
  }

  /** In one step with the fence and the order: each function that waits costs. */
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
      else missed(this.#parts, writes, kind, result.error);
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
        else missed(this.#parts, [[key, write]], 'change', decided.error);
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
}

function asList<T>(result: TierResult<T>): TierResult<T[]> {
  return result.ok ? { ok: true, value: [result.value] } : result;
}

function inArray(_key: string, _write: EntryWrite, result: EntryWriteResult): EntryWriteResult[] {
  return [result];
}
