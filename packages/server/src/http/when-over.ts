import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What ends with a connection. One listener for all: clients may send many requests ahead. */
const untilClosed = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `task` once. A response that waits for its turn on a pipelined connection has no socket yet, and never closes if the
 * connection breaks before that turn.
 */
export function whenOver(response: ServerResponse, task: () => void): void {
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
