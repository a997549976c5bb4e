import type { BusDoubt } from '../contracts/bus.js';
import type { MemoryStore } from '../memory/memory-store.js';

export interface DoubtsParts {
  readonly memory: Pick<MemoryStore, 'doubtAll'> | undefined;
  /** Is there anybody who could confirm what memory has? */
  readonly canBeConfirmed: () => boolean;
}

/**
 * When this process may have missed what others did, everything in memory is looked up in the store before it is used
 * again, and nothing that is being read at that moment is kept: its answer may be older than what was missed.
 */
export class Doubts {
  readonly #parts: DoubtsParts;
  /** How often there was one: for the reads under way. */
  count = 0;

  constructor(parts: DoubtsParts) {
    this.#parts = parts;
  }

  /** Answers whether there was cause: while nothing is heard there is, again and again, unless nobody could be asked. */
  raise(why: BusDoubt): boolean {
    if (why === 'disconnected' && !this.#parts.canBeConfirmed()) return false;
    this.count++;
    this.#parts.memory?.doubtAll();
    return true;
  }
}

/** For a memory that no other process can make old. */
export const noDoubts: Pick<Doubts, 'count'> = Object.freeze({ count: 0 });
