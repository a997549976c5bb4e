import type { TierResult } from '../contracts/tier.js';

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
  #waiting: ((result: TierResult<Answer>) => void)[] = [];

  constructor(parts: TickBatchParts<Item, Answer>) {
    this.#parts = parts;
  }

  ask(item: Item): Promise<TierResult<Answer>> {
    if (!this.#parts.isAnswering()) return this.#askAlone(item);
    return new Promise((resolve) => {
      if (this.#items.length === 0) process.nextTick(this.#leave);
      this.#items.push(item);
      this.#waiting.push(resolve);
    });
  }

  async #askAlone(item: Item): Promise<TierResult<Answer>> {
    const result = await this.#parts.askAll([item]);
    return result.ok ? { ok: true, value: result.value[0] as Answer } : result;
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
  waiting: readonly ((result: TierResult<Answer>) => void)[],
  result: TierResult<Answer[]>,
  from: number,
  to: number,
): void {
  for (let at = from; at < to; at++) {
    waiting[at]?.(result.ok ? { ok: true, value: result.value[at] as Answer } : result);
  }
}
