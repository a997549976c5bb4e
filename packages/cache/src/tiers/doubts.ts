import type { BusDoubt } from '../contracts/bus.js';
import type { Clock, Millis } from '../contracts/time.js';
import type { MemoryStore } from '../memory/memory-store.js';

export interface DoubtsParts {
  readonly memory: Pick<MemoryStore, 'doubtAll'> | undefined;
  /** Is there anybody who could confirm what memory has? */
  readonly canBeConfirmed: () => boolean;
  readonly clock: Clock;
}

/** How well this process hears what the others do. */
export interface HeardNews {
  /** How often some of it was surely, or probably, missed. */
  readonly missed: number;
  /** When it was last not heard, or has begun to be heard again, from all of them. */
  readonly deafUntil: Millis;
  /** Whoever was there before nothing was heard has spoken since, or counts as silent. */
  readonly isCaughtUp: boolean;
}

/**
 * When this process may have missed what others did, everything in memory is looked up in the store before it is used
 * again, and nothing that is being read at that moment is kept: its answer may be older than what was missed.
 */
export class Doubts implements HeardNews {
  readonly #parts: DoubtsParts;
  /** How often there was one: for the reads under way. */
  count = 0;
  missed = 0;
  deafUntil: Millis = 0;
  isCaughtUp = true;

  constructor(parts: DoubtsParts) {
    this.#parts = parts;
  }

  /** Answers whether there was cause: while nothing is heard there is, again and again, unless nobody could be asked. */
  raise(why: BusDoubt): boolean {
    // A process that repeats what it could not send leaves no gap: to have been deaf alone is not to have missed anything.
    if (why === 'connected' || why === 'disconnected') {
      this.deafUntil = this.#parts.clock.now();
      this.isCaughtUp = false;
    } else if (why !== 'records-written') this.missed++;
    if (why === 'disconnected' && !this.#parts.canBeConfirmed()) return false;
    this.count++;
    this.#parts.memory?.doubtAll();
    return true;
  }

  /** All are heard again. */
  caughtUp(): void {
    if (this.isCaughtUp) return;
    this.deafUntil = this.#parts.clock.now();
    this.isCaughtUp = true;
  }
}

/** For a memory that no other process can make old. */
export const noDoubts: Pick<Doubts, 'count'> = Object.freeze({ count: 0 });
