import type { Timers } from '../../timers.js';
import type { EventLimits } from './event-limits.js';
import { reset, sizeOf, type TenantEvent } from './tenant-event.js';

/** What all logs hold together. */
export interface LogRoom {
  bytes: number;
}

export interface EventLogParts {
  /** No other log has it, in this process or another, before or after: ids that begin with it are of this log. */
  readonly name: string;
  readonly limits: EventLimits;
  readonly room: LogRoom;
  readonly timers: Timers;
}

type Batch = { readonly type: 'change' | 'expire'; readonly keys: Set<string> } | { readonly type: 'reset' };

/** The latest events of one tenant, numbered without a gap, and who waits for the next. */
export class EventLog {
  readonly name: string;
  readonly #parts: EventLogParts;
  readonly #events = new Map<number, TenantEvent>();
  readonly #readers = new Set<() => void>();
  #bytes = 0;
  #first = firstPosition + 1;
  #last = firstPosition;
  #batch: Batch | undefined;
  #cancelFlush: () => void = () => {};

  constructor(parts: EventLogParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  /** The number of the newest event. */
  get last(): number {
    return this.#last;
  }

  /** Is everything still here that came after this one? */
  isKnown(number: number): boolean {
    return number >= this.#first - 1 && number <= this.#last;
  }

  /** @returns the one with this number; `undefined` if it is still to come, or here no more */
  at(number: number): TenantEvent | undefined {
    return this.#events.get(number);
  }

  /** Collects keys for a moment. The order between events of different types stays. */
  keys(type: 'change' | 'expire', keys: readonly string[]): void {
    for (const key of keys) {
      const batch = this.#batchOf(type);
      batch.add(key);
      if (batch.size >= this.#parts.limits.keysPerEvent) this.#flush();
    }
  }

  reset(): void {
    if (this.#batch?.type === 'reset') return;
    this.#begin({ type: 'reset' });
  }

  tell(event: TenantEvent): void {
    this.#flush();
    this.#append(event);
  }

  /** Calls `wake` whenever there is more to read, until the answer is called. */
  follow(wake: () => void): () => void {
    this.#readers.add(wake);
    return () => {
      this.#readers.delete(wake);
    };
  }

  close(): void {
    this.#cancelFlush();
    this.#parts.room.bytes -= this.#bytes;
    this.#events.clear();
    this.#readers.clear();
  }

  #batchOf(type: 'change' | 'expire'): Set<string> {
    if (this.#batch?.type === type) return this.#batch.keys;
    const keys = new Set<string>();
    this.#begin({ type, keys });
    return keys;
  }

  #begin(batch: Batch): void {
    this.#flush();
    this.#batch = batch;
    this.#cancelFlush = this.#parts.timers.schedule(() => this.#flush(), this.#parts.limits.batchWindow);
  }

  #flush(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    this.#cancelFlush();
    this.#append(batch.type === 'reset' ? reset : { type: batch.type, keys: [...batch.keys] });
  }

  #append(event: TenantEvent): void {
    const size = sizeOf(event);
    this.#events.set(++this.#last, event);
    this.#bytes += size;
    this.#parts.room.bytes += size;
    while (this.#isTooMuch()) this.#forgetOldest();
    for (const wake of this.#readers) wake();
  }

  #isTooMuch(): boolean {
    const { limits, room } = this.#parts;
    if (this.#events.size <= leastEvents) return false;
    const isOverFull = room.bytes > limits.loggedBytesOfAll;
    return isOverFull || this.#events.size > limits.loggedEvents || this.#bytes > limits.loggedBytes;
  }

  #forgetOldest(): void {
    const oldest = this.#events.get(this.#first);
    this.#events.delete(this.#first++);
    const size = oldest === undefined ? 0 : sizeOf(oldest);
    this.#bytes -= size;
    this.#parts.room.bytes -= size;
  }
}

/** Where a log begins, so that 0 is never a place to resume from. */
const firstPosition = 1;
const leastEvents = 16;
