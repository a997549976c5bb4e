/** A write that waits for its turn: until it is the first in the queue of each of its keys. */
interface Turn {
  readonly keys: readonly string[];
  waitingFor: number;
  begin: () => void;
}

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
    const turn: Turn = { keys: keys.length > 1 ? [...new Set(keys)] : keys, waitingFor: 0, begin: () => {} };
    this.#enter(turn);
    if (turn.waitingFor > 0) {
      await new Promise<void>((resolve) => {
        turn.begin = resolve;
      });
    }
    let isOver = false;
    try {
      const result = await write();
      isOver = result.ok;
      return result;
    } finally {
      this.#leave(turn, isOver);
    }
  }

  /** Into all queues in one step, so that no two writes wait for each other. */
  #enter(turn: Turn): void {
    for (const key of turn.keys) {
      const queue = this.#queues.get(key);
      if (queue === undefined) {
        this.#queues.set(key, [turn]);
      } else {
        queue.push(turn);
        turn.waitingFor++;
      }
    }
  }

  #leave(turn: Turn, didSucceed: boolean): void {
    for (const key of turn.keys) {
      const queue = this.#queues.get(key) ?? [];
      const at = queue.indexOf(turn);
      queue.splice(at, 1);
      if (queue.length === 0) this.#queues.delete(key);
      else if (!didSucceed) for (const waiting of queue) waiting.begin();
      else if (at === 0) this.#advance(queue[0] as Turn);
    }
  }

  #advance(turn: Turn): void {
    turn.waitingFor--;
    if (turn.waitingFor === 0) turn.begin();
  }
}
