import type { TierResult } from '../contracts/tier.js';

export interface TickBatchParts<Item, Answer> {
  /** Answers in the order of the items. */
  readonly askAll: (items: readonly Item[]) => Promise<TierResult<Answer[]>>;
  /** Where it is false, each asks for itself: one is the probe, and the others are refused at once. */
  readonly isAnswering: () => boolean;
}

/**
 * Asks in one call for what was asked for one by one within a tick: a deadline, a breaker's consent and a look at the
 * ledger for all of them together.
 *
 * It leaves by `process.nextTick`, which runs when no microtask is left: whoever was woken by the answer to one batch
 * has asked again by then, however many awaits lie between, and goes with the next one.
 */
export class TickBatch<Item, Answer> {
  readonly #parts: TickBatchParts<Item, Answer>;
  #items: Item[] = [];
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
    const result = await this.#parts.askAll(items);
    for (let at = 0; at < waiting.length; at++) {
      waiting[at]?.(result.ok ? { ok: true, value: result.value[at] as Answer } : result);
    }
  };
}
