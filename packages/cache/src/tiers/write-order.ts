/**
 * Sends the writes of one key to the store one after the other, in the order in which they were asked for. A store may
 * take several connections, or one write more steps than another: (1) `set(k, old)` leaves, (2) `set(k, new)` leaves and
 * arrives, (3) the old value arrives and stays.
 *
 * Nobody waits behind a store that does not answer: after a failure all who wait go at once.
 */
export class WriteOrder {
  readonly #queues = new Map<string, Turn[]>();

  async inTurn<Result extends { readonly ok: boolean }>(
    keys: readonly string[],
    write: () => Promise<Result>,
  ): Promise<Result> {
    const turn = this.enter(keys);
    let isOver = false;
    try {
      if (turn.waits) await turn.begun();
      const result = await write();
      isOver = result.ok;
      return result;
    } finally {
      this.leave(turn, isOver);
    }
  }

  /** Into all queues in one step, so that no two writes wait for each other. Whoever enters must leave. */
  enter(keys: readonly string[]): Turn {
    const turn = new Turn(keys.length > 1 ? [...new Set(keys)] : keys);
    for (const key of turn.keys) {
      const queue = this.#queues.get(key);
      if (queue === undefined) {
        this.#queues.set(key, [turn]);
      } else {
        queue.push(turn);
        turn.waitingFor++;
      }
    }
    return turn;
  }

  leave(turn: Turn, didSucceed: boolean): void {
    for (const key of turn.keys) {
      const queue = this.#queues.get(key) ?? [];
      if (queue.length === 1) {
        this.#queues.delete(key);
        continue;
      }
      const at = queue.indexOf(turn);
      queue.splice(at, 1);
      if (!didSucceed) for (const waiting of queue) waiting.begin();
      else if (at === 0) queue[0]?.advance();
    }
  }
}

/** The place of a write in the queues of its keys. It may go when it is the first in each. */
export class Turn {
  readonly keys: readonly string[];
  waitingFor = 0;
  #begin: (() => void) | undefined;

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  get waits(): boolean {
    return this.waitingFor > 0;
  }

  begun(): Promise<void> {
    return new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  begin(): void {
    this.#begin?.();
  }

  advance(): void {
    this.waitingFor--;
    if (this.waitingFor === 0) this.begin();
  }
}
