import type { ServerResponse } from 'node:http';
import { whenOver } from '../../http/when-over.js';

/** How many requests of one tenant this process has under way. */
export class ConcurrencySlots {
  #taken = 0;

  get taken(): number {
    return this.#taken;
  }

  /** False if `most` are taken. A slot is free again once the response has ended, however it ended. */
  take(most: number, response: ServerResponse): boolean {
    // Nobody waits for it any more: its end would not be told.
    if (response.closed || response.req.socket.destroyed) return true;
    if (this.#taken >= most) return false;
    this.#taken++;
    whenOver(response, () => {
      this.#taken--;
    });
    return true;
  }
}
