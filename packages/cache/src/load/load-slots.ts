import { untilAborted } from './until-aborted.js';

/** Lets a number of loads run at a time; the others wait in the order in which they came. */
export class LoadSlots {
  readonly #most: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Rejects with the reason of `signal` if that aborts while it waits. */
  async run<T>(signal: AbortSignal, load: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      return await load();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    if (this.#running < this.#most) {
      this.#running++;
      return;
    }
    let begin: () => void = () => {};
    const turn = new Promise<void>((resolve) => {
      begin = resolve;
    });
    this.#waiting.push(begin);
    await untilAborted(turn, signal, () => {
      const at = this.#waiting.indexOf(begin);
      // Whoever was given the slot at the same time hands it on.
      if (at === -1) this.#leave();
      else this.#waiting.splice(at, 1);
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}
