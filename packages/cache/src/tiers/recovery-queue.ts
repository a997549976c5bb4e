import type { EntryWrite } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { higher, type Marker, noMarker, shifted } from '../tags/markers.js';

/** What a key waits for: to be set, or to be rid of whatever was created up to the stamp. */
export type WaitingWrite = WaitingSet | WaitingDelete;

export interface WaitingSet {
  readonly kind: 'set';
  readonly stamp: Millis;
  readonly write: EntryWrite;
  /** How much news of other processes had been missed when it was queued. */
  readonly missed: number;
}

export interface WaitingDelete {
  readonly kind: 'delete';
  readonly stamp: Millis;
}

export interface RecoveryQueueParts {
  /** How many keys may wait, and how many tags. Default: 10,000 of each. */
  readonly atMost?: number;
  /** Estimated bytes of the values that wait. Default: 16 MiB. */
  readonly bytesAtMost?: number;
  /** So many values will not be replayed: the old ones go all the same. */
  readonly valuesLost: (count: number) => void;
  /** Too much waited: instead of each, everything up to this time counts as cleared. */
  readonly collapsed: (time: Millis, setsLost: number) => void;
}

const bytesBesidesValue = 256;

/**
 * The writes of one namespace that did not reach its store: the last one of each key, by its stamp; the markers of tags,
 * merged; one clear. Bounded, and on the safe side: a value that is too much becomes a delete of what it was to replace,
 * keys or tags that are too many become a clear. So nothing that was deleted or invalidated is ever forgotten.
 */
export class RecoveryQueue {
  readonly #atMost: number;
  readonly #bytesAtMost: number;
  readonly #parts: RecoveryQueueParts;
  readonly #writes = new Map<string, WaitingWrite>();
  readonly #markers = new Map<string, Marker>();
  #clearedAt: Millis = 0;
  #bytes = 0;

  constructor(parts: RecoveryQueueParts) {
    this.#parts = parts;
    this.#atMost = parts.atMost ?? 10_000;
    this.#bytesAtMost = parts.bytesAtMost ?? 16 * 1_024 ** 2;
  }

  get isEmpty(): boolean {
    return this.#writes.size === 0 && this.#markers.size === 0 && this.#clearedAt === 0;
  }

  get writes(): ReadonlyMap<string, WaitingWrite> {
    return this.#writes;
  }

  get markers(): ReadonlyMap<string, Marker> {
    return this.#markers;
  }

  /** 0 where no clear waits. */
  get clearedAt(): Millis {
    return this.#clearedAt;
  }

  get bytes(): number {
    return this.#bytes;
  }

  set(key: string, write: EntryWrite, missed: number): void {
    const stamp = write.createdAt;
    const room = this.#bytesAtMost - this.#bytes + bytesOf(key, this.#writes.get(key));
    const waiting: WaitingSet = { kind: 'set', stamp, write, missed };
    if (bytesOf(key, waiting) <= room) {
      this.#put(key, waiting);
    } else if (this.#put(key, { kind: 'delete', stamp })) {
      this.#parts.valuesLost(1);
    }
  }

  delete(key: string, stamp: Millis): void {
    this.#put(key, { kind: 'delete', stamp });
  }

  invalidate(tags: readonly string[], marker: Marker): void {
    // A clear hides what the marker would.
    if (Math.max(marker.expiredAt, marker.removedAt) <= this.#clearedAt) return;
    for (const tag of tags) this.#markers.set(tag, higher(this.#markers.get(tag) ?? noMarker, marker));
    if (this.#markers.size > this.#atMost) this.#collapse();
  }

  clear(time: Millis): void {
    this.clearedElsewhere(time);
    this.#clearedAt = Math.max(this.#clearedAt, time);
  }

  /** A clear up to this time has reached the store: what is older need not be done. */
  clearedElsewhere(time: Millis): void {
    for (const [key, { stamp }] of this.#writes) if (stamp <= time) this.#remove(key);
    for (const [tag, { expiredAt, removedAt }] of this.#markers) {
      if (Math.max(expiredAt, removedAt) <= time) this.#markers.delete(tag);
    }
    if (this.#clearedAt <= time) this.#clearedAt = 0;
  }

  /** A write of this process with this stamp has reached the store: what is older need not be done. */
  reached(key: string, stamp: Millis): void {
    const waiting = this.#writes.get(key);
    if (waiting !== undefined && waiting.stamp <= stamp) this.#remove(key);
  }

  /**
   * Another process has written the key since, or has tried to: the value that waits is old. What stood before both of
   * them must go all the same, should the other write not have reached the store either.
   */
  overtake(key: string, stamp: Millis): void {
    const waiting = this.#writes.get(key);
    if (waiting?.kind === 'set' && waiting.stamp < stamp) this.#put(key, { kind: 'delete', stamp: waiting.stamp });
  }

  /** `waiting` is done with, unless another write has taken its place. */
  finish(key: string, waiting: WaitingWrite): void {
    if (this.#writes.get(key) === waiting) this.#remove(key);
  }

  finishMarker(tag: string, marker: Marker): void {
    if (this.#markers.get(tag) === marker) this.#markers.delete(tag);
  }

  /** Moves all times by so much: they were read from a clock that is now known to be wrong. */
  shiftTimes(by: Millis): void {
    for (const [key, waiting] of this.#writes) this.#writes.set(key, shiftedWrite(waiting, by));
    for (const [tag, marker] of this.#markers) this.#markers.set(tag, shifted(marker, by));
    if (this.#clearedAt > 0) this.#clearedAt += by;
  }

  forgetAll(): void {
    this.#writes.clear();
    this.#markers.clear();
    this.#clearedAt = 0;
    this.#bytes = 0;
  }

  /** False where something later waits already. */
  #put(key: string, waiting: WaitingWrite): boolean {
    const before = this.#writes.get(key);
    if (waiting.stamp <= this.#clearedAt || (before !== undefined && before.stamp > waiting.stamp)) return false;
    // Taken out and put back, so that the Map's order is that of the writes.
    this.#remove(key);
    this.#writes.set(key, waiting);
    this.#bytes += bytesOf(key, waiting);
    if (this.#writes.size > this.#atMost) this.#collapse();
    return true;
  }

  #remove(key: string): void {
    this.#bytes -= bytesOf(key, this.#writes.get(key));
    this.#writes.delete(key);
  }

  #collapse(): void {
    let time = this.#clearedAt;
    let sets = 0;
    for (const { kind, stamp } of this.#writes.values()) {
      time = Math.max(time, stamp);
      if (kind === 'set') sets++;
    }
    for (const { expiredAt, removedAt } of this.#markers.values()) time = Math.max(time, expiredAt, removedAt);
    this.forgetAll();
    this.#clearedAt = time;
    this.#parts.collapsed(time, sets);
  }
}

function shiftedWrite(waiting: WaitingWrite, by: Millis): WaitingWrite {
  const stamp = waiting.stamp + by;
  if (waiting.kind === 'delete') return { ...waiting, stamp };
  const { createdAt, freshUntil, staleUntil, refreshAt } = waiting.write;
  const times = {
    createdAt: createdAt + by,
    freshUntil: freshUntil + by,
    staleUntil: staleUntil + by,
    refreshAt: refreshAt + by,
  };
  return { ...waiting, stamp, write: { ...waiting.write, ...times } };
}

function bytesOf(key: string, waiting: WaitingWrite | undefined): number {
  return waiting?.kind === 'set' ? waiting.write.survey.size + 2 * key.length + bytesBesidesValue : 0;
}
