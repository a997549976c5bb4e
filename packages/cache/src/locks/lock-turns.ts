import type { Clock, Millis } from '../contracts/time.js';

/** One caller's place in the queue of a lock. */
export interface LockTurn {
  /** Resolves when nobody of this process is before it. */
  readonly comes: Promise<void>;
  readonly hasCome: boolean;
  /** This process has handed the lock on to itself for so long that others should get a chance. */
  readonly isOverdue: boolean;
  /** Until when, at the latest news, somebody has the lock. */
  until: Millis | undefined;
  /** Begins to count anew what {@link LockTurn.isOverdue} looks at. */
  giveWay(): void;
  /** The next one's turn comes. Idempotent. */
  end(): void;
}

/** How long the callers of one process may hand a lock to each other while those of others wait. */
const longestRun: Millis = 1_000;

/**
 * The callers of this process who want the same lock, in the order in which they came. Only the first asks for the
 * lease: the others wait for nothing but their turn, so that a thousand of them cost the store as much as one.
 */
export class LockTurns {
  readonly #clock: Clock;
  readonly #queues = new Map<string, Queue>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  join(name: string): LockTurn {
    const queue = this.#queues.get(name) ?? new Queue(this.#clock.now());
    this.#queues.set(name, queue);
    const turn = new Turn(queue, this.#clock, () => {
      if (queue.turns.size === 0) this.#queues.delete(name);
    });
    queue.turns.add(turn);
    if (queue.turns.size === 1) turn.come();
    return turn;
  }
}

class Queue {
  /** The first is the one whose turn it is. */
  readonly turns = new Set<Turn>();
  runBegan: Millis;
  until: Millis | undefined;

  constructor(now: Millis) {
    this.runBegan = now;
  }
}

class Turn implements LockTurn {
  readonly comes: Promise<void>;
  hasCome = false;
  readonly #queue: Queue;
  readonly #clock: Clock;
  readonly #left: () => void;
  readonly #begin: () => void;

  constructor(queue: Queue, clock: Clock, left: () => void) {
    let begin = () => {};
    this.comes = new Promise((resolve) => {
      begin = resolve;
    });
    this.#begin = begin;
    this.#queue = queue;
    this.#clock = clock;
    this.#left = left;
  }

  come(): void {
    this.hasCome = true;
    this.#begin();
  }

  get isOverdue(): boolean {
    return this.#clock.now() - this.#queue.runBegan > longestRun;
  }

  giveWay(): void {
    this.#queue.runBegan = this.#clock.now();
  }

  get until(): Millis | undefined {
    return this.#queue.until;
  }

  set until(until: Millis | undefined) {
    this.#queue.until = until;
  }

  end(): void {
    const { turns } = this.#queue;
    if (!turns.delete(this)) return;
    this.#left();
    // Only the first turn that has not come yet: one that gave up further behind moves nobody.
    for (const next of turns) {
      if (!next.hasCome) next.come();
      return;
    }
  }
}
