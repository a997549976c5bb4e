import type { Entry, Version } from '../contracts/entry.js';
import type { RecoveryCounts } from '../contracts/events.js';
import type { EntryWriteResult, StoreReport, TierResult } from '../contracts/tier.js';
import type { Cancel, Clock, Millis } from '../contracts/time.js';
import { backoffAfter } from '../policy/backoff.js';
import type { Marker } from '../tags/markers.js';
import type { StoredMarkers } from '../tags/stored-markers.js';
import type { HeardNews } from './doubts.js';
import { makeEntry } from './make-entry.js';
import type { MemoryTier } from './memory-tier.js';
import { reclaimCleared } from './reclaim-cleared.js';
import type { Recovery, Writes } from './recovery.js';
import { RecoveryQueue, type WaitingSet } from './recovery-queue.js';
import { Replay } from './replay.js';
import { mayPass, type StoreGate } from './store-gate.js';
import type { StoreTier } from './store-tier.js';
import type { SharingMode } from './value-sharing.js';
import type { WriteFence } from './write-fence.js';
import type { WriteOrder } from './write-order.js';

export interface WriteRecoveryParts {
  readonly gate: StoreGate;
  readonly store: StoreTier;
  readonly memory: MemoryTier;
  readonly markers: StoredMarkers;
  readonly order: WriteOrder;
  readonly fence: WriteFence;
  readonly clock: Clock;
  /** For how long things take and wait, whatever steps the other makes. */
  readonly ownClock: Clock;
  readonly random: () => number;
  readonly sharing: SharingMode;
  readonly versionOf: (createdAt: Millis) => Version;
  /** What other processes tell; absent where they tell nothing, or there are none. */
  readonly news: HeardNews | undefined;
  /**
   * Tells other processes, whose memory lets go of these keys. That the source may have changed they were told at once,
   * and to tell so again would overtake what they wrote since.
   */
  readonly replayed: (keys: readonly string[]) => void;
  /** Tells other processes that the store holds nothing from up to then. */
  readonly cleared: (time: Millis) => void;
  readonly report: StoreReport;
  readonly background: (work: Promise<unknown>) => void;
  readonly closing: AbortSignal;
}

const nothing: RecoveryCounts = Object.freeze({ sets: 0, deletes: 0, invalidations: 0, clears: 0 });
/** So long after all were heard again: whoever is heard for the first time then may have been told of before. */
const newsSettleIn = 2_000;
/** Whoever is deaf for longer believes nothing of what it would have heard. */
const newsWaitAtMost = 30_000;
/** The last try does not begin another step later than that. */
const lastTryAtMost = 1_000;

/** Queues them, and replays them once the store answers again. */
export class WriteRecovery implements Recovery {
  readonly #parts: WriteRecoveryParts;
  readonly #queue: RecoveryQueue;
  readonly #replay: Replay;
  #answeringSince: Millis;
  #running: Promise<void> | undefined;
  #cancel: Cancel | undefined;
  #failures = 0;
  #notBefore: Millis = 0;
  #done = nothing;
  #refused = nothing;

  constructor(parts: WriteRecoveryParts) {
    const { gate, ownClock, report, markers, store, background, closing } = parts;
    this.#parts = parts;
    this.#answeringSince = ownClock.now();
    this.#queue = new RecoveryQueue({
      valuesLost: (sets) => report.recoveryLost('overflow', { ...nothing, sets }),
      collapsed: (time, sets) => {
        markers.heardOfClear(time);
        parts.cleared(time);
        report.recoveryLost('overflow', { ...nothing, sets });
      },
    });
    this.#replay = new Replay({
      ...parts,
      queue: this.#queue,
      mayCreate: (waiting) => this.#mayCreate(waiting),
      did: (counts) => {
        this.#done = sum(this.#done, counts);
      },
      lost: (counts) => {
        this.#refused = sum(this.#refused, counts);
      },
      cleared: (time) => background(reclaimCleared(store, time, closing)),
    });
    gate.onTurn((isAnswering) => this.#turned(isAnswering));
    closing.addEventListener('abort', () => background(this.#close()), { once: true });
  }

  missedSets(writes: Writes, error: Error): void {
    if (!mayPass(error)) {
      // What waits is older than what was refused.
      for (const [key, { createdAt }] of writes) this.#queue.overtake(key, createdAt);
      return;
    }
    const missed = this.#parts.news?.missed ?? 0;
    for (const [key, write] of writes) this.#queue.set(key, write, missed);
    this.#queued();
  }

  missedDelete(keys: readonly string[], stamp: Millis, error: Error): void {
    if (!mayPass(error)) return;
    for (const key of keys) this.#queue.delete(key, stamp);
    this.#queued();
  }

  missedInvalidation(tags: readonly string[], marker: Marker, error: Error): void {
    if (!mayPass(error)) return;
    this.#queue.invalidate(tags, marker);
    this.#queued();
  }

  missedClear(time: Millis, error: Error): boolean {
    if (!mayPass(error)) return false;
    this.#parts.markers.heardOfClear(time);
    this.#queue.clear(time);
    this.#queued();
    return true;
  }

  reachedSets(writes: Writes, results: readonly EntryWriteResult[]): void {
    if (this.#queue.isEmpty) return;
    for (const [at, [key, { createdAt }]] of writes.entries()) {
      if (results[at] !== 'condition-failed') this.#queue.reached(key, createdAt);
    }
  }

  reachedDelete(keys: readonly string[], stamp: Millis): void {
    if (this.#queue.isEmpty) return;
    for (const key of keys) this.#queue.reached(key, stamp);
  }

  reachedClear(time: Millis): void {
    this.#queue.clearedElsewhere(time);
  }

  overtaken(keys: readonly string[], stamp: Millis): void {
    if (this.#queue.isEmpty) return;
    for (const key of keys) this.#queue.overtake(key, stamp);
  }

  get holds(): boolean {
    return this.#queue.writes.size > 0;
  }

  entry(key: string, now?: Millis): Entry | undefined {
    if (!this.holds) return undefined;
    const waiting = this.#queue.writes.get(key);
    if (waiting?.kind !== 'set') return undefined;
    const { clock, markers, sharing, versionOf } = this.#parts;
    const { write } = waiting;
    const { survey, createdAt, staleUntil, version, details } = write;
    if (staleUntil <= (now ?? clock.now())) return undefined;
    if (markers.judgeRow(createdAt, details?.tags ?? []) !== 'valid') return undefined;
    const value = survey.isMutable ? sharing.copyForReader(survey.value) : survey.value;
    return makeEntry(value, version ?? versionOf(createdAt), write);
  }

  hiddenUpTo(key: string): Millis {
    if (!this.holds) return 0;
    return this.#queue.writes.get(key)?.stamp ?? 0;
  }

  settle(key: string): Promise<TierResult<unknown>> | undefined {
    const waiting = this.#queue.writes.get(key);
    return waiting === undefined ? undefined : this.#settle(key);
  }

  /** Whatever is still open then is decided on the safe side: a value is not put where nothing stands. */
  async #settle(key: string): Promise<TierResult<unknown>> {
    const waiting = this.#queue.writes.get(key);
    if (waiting === undefined) return { ok: true, value: undefined };
    const result = await this.#replay.one(key, waiting);
    if (!result.ok) return result;
    if (result.value) this.#parts.replayed([key]);
    if (this.#queue.writes.get(key) === waiting) this.#giveUp(key, waiting as WaitingSet);
    this.#reportOutcome();
    return result;
  }

  #giveUp(key: string, waiting: WaitingSet): void {
    const { memory, clock } = this.#parts;
    this.#queue.finish(key, waiting);
    memory.delete(key, clock.now());
    this.#refused = sum(this.#refused, { sets: 1 });
  }

  /**
   * Where nothing stands, another process may have deleted the key since: not if it would have told, and everything that
   * it may have told was heard.
   */
  #mayCreate({ missed }: WaitingSet): boolean | 'later' {
    const { news, ownClock, closing } = this.#parts;
    if (news === undefined) return true;
    if (news.missed !== missed) return false;
    const now = ownClock.now();
    if (now >= this.#newsSettledAt(now)) return true;
    return closing.aborted || now >= this.#answeringSince + newsWaitAtMost ? false : 'later';
  }

  #newsSettledAt(now: Millis): Millis {
    const { news } = this.#parts;
    const heardSince = news?.isCaughtUp === false ? now : (news?.deafUntil ?? 0);
    return Math.max(this.#answeringSince, heardSince) + newsSettleIn;
  }

  #queued(): void {
    if (this.#parts.closing.aborted && this.#running === undefined) this.#loseAll();
    else this.#wake();
  }

  #turned(isAnswering: boolean): void {
    if (!isAnswering) return;
    this.#answeringSince = this.#parts.ownClock.now();
    // What failed while the store was away says nothing of now.
    this.#failures = 0;
    this.#notBefore = 0;
    this.#wake();
  }

  #wake(): void {
    const { gate, ownClock, background, closing } = this.#parts;
    if (this.#running !== undefined || this.#queue.isEmpty || !gate.isAnswering || closing.aborted) return;
    this.#cancel?.();
    this.#cancel = undefined;
    const delay = this.#notBefore - ownClock.now();
    if (delay > 0) this.#cancel = ownClock.schedule(() => this.#wake(), delay);
    else background(this.#run());
  }

  #run(until?: Millis): Promise<void> {
    this.#running = this.#replay.run(until).then((isDone) => {
      this.#running = undefined;
      this.#ran(isDone);
    });
    return this.#running;
  }

  #ran(isDone: boolean): void {
    const { ownClock, random } = this.#parts;
    const now = ownClock.now();
    this.#failures = isDone ? 0 : this.#failures + 1;
    // What is left where nothing failed waits for news.
    if (!isDone) this.#notBefore = now + backoffAfter(this.#failures, random());
    else if (!this.#queue.isEmpty)
      this.#notBefore = Math.max(now + 1, Math.min(this.#newsSettledAt(now), now + newsSettleIn));
    this.#reportOutcome();
    this.#wake();
  }

  #reportOutcome(): void {
    if (this.#refused !== nothing) this.#parts.report.recoveryLost('refused', this.#refused);
    this.#refused = nothing;
    if (!this.#queue.isEmpty || this.#done === nothing) return;
    this.#parts.report.recovered(this.#done);
    this.#done = nothing;
  }

  shiftTimes(by: Millis): void {
    this.#queue.shiftTimes(by);
  }

  /** One try more, and the rest is told. */
  async #close(): Promise<void> {
    this.#cancel?.();
    await this.#running;
    if (this.#queue.isEmpty) return;
    await this.#run(this.#parts.ownClock.now() + lastTryAtMost);
    this.#loseAll();
  }

  #loseAll(): void {
    const { writes, markers, clearedAt } = this.#queue;
    if (this.#queue.isEmpty) return;
    let sets = 0;
    for (const { kind } of writes.values()) if (kind === 'set') sets++;
    const deletes = writes.size - sets;
    const counts = { sets, deletes, invalidations: markers.size, clears: clearedAt === 0 ? 0 : 1 };
    this.#queue.forgetAll();
    this.#parts.report.recoveryLost('closed', counts);
    this.#reportOutcome();
  }
}

function sum(counts: RecoveryCounts, more: Partial<RecoveryCounts>): RecoveryCounts {
  return {
    sets: counts.sets + (more.sets ?? 0),
    deletes: counts.deletes + (more.deletes ?? 0),
    invalidations: counts.invalidations + (more.invalidations ?? 0),
    clears: counts.clears + (more.clears ?? 0),
  };
}
