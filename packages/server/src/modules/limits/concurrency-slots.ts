import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

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

/** What ends with a connection. One listener for all: clients may send many requests ahead. */
const untilClosed = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `task` once. A response that waits for its turn on a pipelined connection has no socket yet, and never closes if the
 * connection breaks before that turn.
 */
function whenOver(response: ServerResponse, task: () => void): void {
  const open = tasksOf(response.req.socket);
  const once = () => {
    if (open.delete(once)) task();
  };
  open.add(once);
  response.once('close', once);
}

function tasksOf(socket: Socket): Set<() => void> {
  let open = untilClosed.get(socket);
  if (open !== undefined) return open;
  open = new Set();
  untilClosed.set(socket, open);
  const tasks = open;
  socket.once('close', () => {
    for (const task of tasks) task();
  });
  return open;
}
