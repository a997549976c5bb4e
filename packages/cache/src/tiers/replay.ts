import type { RecoveryCounts } from '../contracts/events.js';
import type { TierResult } from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import type { MemoryTier } from './memory-tier.js';
import type { RecoveryQueue, WaitingDelete, WaitingSet, WaitingWrite } from './recovery-queue.js';
import { mayPass } from './store-gate.js';
import type { StoreTier } from './store-tier.js';
import type { WriteFence } from './write-fence.js';
import type { WriteOrder } from './write-order.js';

export interface ReplayParts {
  readonly queue: RecoveryQueue;
  readonly store: StoreTier;
  readonly memory: MemoryTier;
  readonly order: WriteOrder;
  readonly fence: WriteFence;
  readonly clock: Clock;
  readonly ownClock: Clock;
  /** May this value be put where nothing stands? `'later'`: that cannot be told yet. */
  readonly mayCreate: (waiting: WaitingSet) => boolean | 'later';
  readonly did: (counts: Partial<RecoveryCounts>) => void;
  readonly lost: (counts: Partial<RecoveryCounts>) => void;
  /** Tells other processes. */
  readonly replayed: (keys: readonly string[]) => void;
  /** What is hidden by a clear can be removed. */
  readonly cleared: (time: Millis) => void;
}

const perStep = 256;
const done: TierResult<boolean> = Object.freeze({ ok: true, value: false });

/**
 * Takes what waits to the store: invalidations and a clear first, because they decide what of the rest is still to be
 * written; then deletes, then sets. Each is decided in the store by what stands there, so that one whose outcome is not
 * known, because it timed out, may be made again.
 */
export class Replay {
  readonly #parts: ReplayParts;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  /** False where something was left that the store did not take. Begins nothing after `until`. */
  async run(until: Millis = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (!(await this.#invalidations(until)) || !(await this.#clear())) return false;
    const deletes = await this.#writesOf('delete', until);
    return (await this.#writesOf('set', until)) && deletes;
  }

  async #invalidations(until: Millis): Promise<boolean> {
    const { queue, store, ownClock, did, lost } = this.#parts;
    while (queue.markers.size > 0) {
      if (ownClock.now() >= until) return false;
      const step = new Map([...queue.markers].slice(0, perStep));
      const result = await store.invalidateTags(step);
      if (!result.ok && mayPass(result.error)) return false;
      for (const [tag, marker] of step) queue.finishMarker(tag, marker);
      (result.ok ? did : lost)({ invalidations: step.size });
    }
    return true;
  }

  async #clear(): Promise<boolean> {
    const { queue, store, did, lost, cleared } = this.#parts;
    const time = queue.clearedAt;
    if (time === 0) return true;
    const result = await store.clear(time);
    if (!result.ok && mayPass(result.error)) return false;
    queue.clearedElsewhere(time);
    (result.ok ? did : lost)({ clears: 1 });
    if (result.ok) cleared(time);
    return true;
  }

  /** One key that fails does not stop the others; a step of which nothing succeeds does. */
  async #writesOf(kind: WaitingWrite['kind'], until: Millis): Promise<boolean> {
    const { queue, ownClock, replayed } = this.#parts;
    const waiting = [...queue.writes].filter(([, each]) => each.kind === kind);
    let isAllDone = true;
    for (let from = 0; from < waiting.length; from += perStep) {
      if (ownClock.now() >= until) return false;
      const step = waiting.slice(from, from + perStep);
      const results = await Promise.all(step.map(([key, each]) => this.one(key, each)));
      const keys = step.filter((_, at) => isChange(results[at])).map(([key]) => key);
      if (keys.length > 0) replayed(keys);
      const failures = results.filter(({ ok }) => !ok).length;
      if (failures > 0) isAllDone = false;
      if (failures === step.length) return false;
    }
    return isAllDone;
  }

  /** Answers whether the store has changed. In turn with other writes of the key, and nothing that is read meanwhile is kept. */
  async one(key: string, waiting: WaitingWrite): Promise<TierResult<boolean>> {
    const { queue, order, fence, lost } = this.#parts;
    const opened = fence.open([key], 'fill');
    try {
      return await order.inTurn([key], async () => {
        if (queue.writes.get(key) !== waiting) return done;
        const result = waiting.kind === 'set' ? await this.#set(key, waiting) : await this.#delete(key, waiting);
        if (result.ok || mayPass(result.error)) return result;
        queue.finish(key, waiting);
        lost(waiting.kind === 'set' ? { sets: 1 } : { deletes: 1 });
        return done;
      });
    } finally {
      opened.end();
    }
  }

  async #delete(key: string, waiting: WaitingDelete | WaitingSet): Promise<TierResult<boolean>> {
    const { queue, store, did } = this.#parts;
    const result = await store.deleteCreatedUpTo([key], waiting.stamp);
    if (!result.ok) return result;
    queue.finish(key, waiting);
    if (waiting.kind === 'delete') did({ deletes: 1 });
    return { ok: true, value: true };
  }

  async #set(key: string, waiting: WaitingSet): Promise<TierResult<boolean>> {
    const { queue, store, memory, clock, did, lost, mayCreate } = this.#parts;
    // Its own time is over, and what it replaced must not outlive it.
    if (waiting.write.staleUntil <= clock.now()) return this.#delete(key, waiting);
    const may = mayCreate(waiting);
    const result = await store.replay(key, waiting.write, may === true);
    if (!result.ok) return result;
    if (result.value === 'nothing-stands' && may === 'later') return done;
    queue.finish(key, waiting);
    if (result.value === 'written') {
      did({ sets: 1 });
      return { ok: true, value: true };
    }
    // What memory has is not what stands.
    memory.delete(key, clock.now());
    if (result.value === 'nothing-stands') lost({ sets: 1 });
    return { ok: true, value: result.value === 'invalidated' };
  }
}

function isChange(result: TierResult<boolean> | undefined): boolean {
  return result?.ok === true && result.value;
}
