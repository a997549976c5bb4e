/** A process that has not heard itself for so long hears nobody: three heartbeats. */
const ticksToDeafness = 6;

/**
 * Is anything heard? Frames come back to their sender: a transport that seems to be connected, and brings nothing back,
 * is not. Each method answers whether that changed the answer.
 */
export class Hearing {
  #isConnected = false;
  #isDeaf = false;
  #ticksWithoutEcho = 0;

  get isThere(): boolean {
    return this.#isConnected && !this.#isDeaf;
  }

  connected(): boolean {
    return this.#change(() => {
      this.#isConnected = true;
      this.#isDeaf = false;
      this.#ticksWithoutEcho = 0;
    });
  }

  disconnected(): boolean {
    return this.#change(() => {
      this.#isConnected = false;
    });
  }

  /** A frame of this process came back. */
  echo(): boolean {
    this.#ticksWithoutEcho = 0;
    return (
      this.#isDeaf &&
      this.#change(() => {
        this.#isDeaf = false;
      })
    );
  }

  /** Lets half a heartbeat pass. */
  tick(): boolean {
    if (++this.#ticksWithoutEcho < ticksToDeafness) return false;
    return this.#change(() => {
      this.#isDeaf = true;
    });
  }

  #change(change: () => void): boolean {
    const wasThere = this.isThere;
    change();
    return this.isThere !== wasThere;
  }
}
