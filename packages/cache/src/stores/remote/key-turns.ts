/** Has the writes of one key take turns, in the order in which they were asked for. */
export class KeyTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Begins at once where nothing of this key is under way. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const turn = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, turn);
    const leave = (): void => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    turn.then(leave, leave);
    return turn;
  }

  /** Resolves when none is under way any more. */
  async finish(): Promise<void> {
    while (this.#last.size > 0) await Promise.allSettled(this.#last.values());
  }
}
