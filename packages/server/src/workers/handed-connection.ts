import type { ChildProcess } from 'node:child_process';

/**
 * Keeps in mind the connection that was handed to a worker last. `node:cluster` closes its own copy when the worker says
 * that it has it, and hands over one at a time; of a worker that dies in between the copy stays open for ever, and its
 * client waits for an answer that nobody gives.
 *
 * @returns what closes it once the worker is dead, and does nothing to one that is closed
 */
export function rememberHandedConnection(worker: ChildProcess): () => void {
  const send = worker.send.bind(worker) as (...given: unknown[]) => boolean;
  let handed: { close(): void } | undefined;
  worker.send = (...given: unknown[]) => {
    const [, handle] = given;
    if (isHandle(handle)) handed = handle;
    return send(...given);
  };
  return () => handed?.close();
}

function isHandle(handle: unknown): handle is { close(): void } {
  return typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';
}
