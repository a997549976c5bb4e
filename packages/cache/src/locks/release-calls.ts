type Wake = () => void;

/** Who waits for names in this process, to be woken when other processes let go of them. */
export class ReleaseCalls {
  readonly #waiting = new Map<string, Set<Wake>>();

  /** Calls `wake` whenever `name` was let go of, until the answer is called. */
  readonly onReleased = (name: string, wake: Wake): (() => void) => {
    const wakes = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, wakes);
    wakes.add(wake);
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.#waiting.get(name) === wakes) this.#waiting.delete(name);
    };
  };

  /** What the bus brings. */
  released(names: readonly string[]): void {
    if (this.#waiting.size === 0) return;
    for (const name of names) for (const wake of [...(this.#waiting.get(name) ?? [])]) wake();
  }
}
