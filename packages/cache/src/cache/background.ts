/** Work that nobody waits for, except `close()`. */
export class Background {
  readonly #underWay = new Set<Promise<unknown>>();

  /** Whoever begins the work reports how it failed; here nothing is left to be done about it. */
  readonly run = (work: Promise<unknown>): void => {
    this.#underWay.add(work);
    const end = () => {
      this.#underWay.delete(work);
    };
    work.then(end, end);
  };

  /** Resolves when everything has ended, and what that began in turn. */
  async drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }
}
