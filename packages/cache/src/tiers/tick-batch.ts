import type { TierResult } from '../contracts/tier.js';

/** Whoever asked: told once, in the step in which the answer to all is there. Never throws. */
export interface Waiter<Answer> {
  answered(answer: Answer): void;
  failed(error: Error): void;
}

export interface TickBatchParts<Item, Answer> {
  /** Answers in the order of the items. */
  readonly askAll: (items: readonly Item[]) => Promise<TierResult<Answer[]>>;
  /** Where it is false, each asks for itself: one is the probe, and the others are refused at once. */
  readonly isAnswering: () => boolean;
  /** False where all who asked together must go on together. Default: true. */
  readonly isHalved?: boolean;
}

/**
 * Asks in one call for what was asked for one by one within a tick: a deadline, a breaker's consent and a look at the
 * ledger for all of them together.
 *
 * It leaves by `process.nextTick`, which runs when no microtask is left: whoever was woken by the answer to one batch
 * has asked again by then, however many awaits lie between, and goes with the next one.
 *
 * So callers who ask again and again all wait together while the store works, and the store waits while they do. A large
 * answer that nothing else is under way beside is therefore given out in two halves: the second half of the callers run
 * while the store already answers the first. Two batches stay under way from then on.
 */
export class TickBatch<Item, Answer> {
  readonly #parts: TickBatchParts<Item, Answer>;
  #items: Item[] = [];
  #underWay = 0;
  #waiting: Waiter<Answer>[] = [];

  constructor(parts: TickBatchParts<Item, Answer>) {
    this.#parts = parts;
  }

  ask(item: Item): Promise<TierResult<Answer>> {
    return new Promise((resolve) => {
      const answered = (value: Answer) => resolve({ ok: true, value });
      this.askFor(item, { answered, failed: (error) => resolve({ ok: false, error }) });
    });
  }

  /** As {@link TickBatch.ask}, without a promise. */
  askFor(item: Item, waiter: Waiter<Answer>): void {
    if (!this.#parts.isAnswering()) {
      void this.#askAlone(item, waiter);
      return;
    }
    if (this.#items.length === 0) process.nextTick(this.#leave);
    this.#items.push(item);
    this.#waiting.push(waiter);
  }

  async #askAlone(item: Item, waiter: Waiter<Answer>): Promise<void> {
    settle([waiter], await this.#parts.askAll([item]), 0, 1);
  }

  readonly #leave = async (): Promise<void> => {
    const items = this.#items;
    const waiting = this.#waiting;
    this.#items = [];
    this.#waiting = [];
    this.#underWay++;
    const result = await this.#parts.askAll(items);
    this.#underWay--;
    if (this.#underWay > 0 || waiting.length < worthHalving || this.#parts.isHalved === false) {
      settle(waiting, result, 0, waiting.length);
      return;
    }
    const half = waiting.length >> 1;
    settle(waiting, result, 0, half);
    // Once to let the first half ask, once more to let what they ask leave.
    process.nextTick(() => process.nextTick(settle, waiting, result, half, waiting.length));
  };
}

/** From here on two batches of half the size cost less than a store that waits. */
const worthHalving = 32;

function settle<Answer>(
  waiting: readonly Waiter<Answer>[],
  result: TierResult<Answer[]>,
  from: number,
  to: number,
): void {
  for (let at = from; at < to; at++) {
    const waiter = waiting[at] as Waiter<Answer>;
    if (result.ok) waiter.answered(result.value[at] as Answer);
    else waiter.failed(result.error);
  }
}
